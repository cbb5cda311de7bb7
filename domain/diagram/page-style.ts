/** How the page looks, on a screen by day and by night and on paper. Colours keep a contrast of 4.5 : 1 for text (WCAG 1.4.3). */
export const pageStyle = `
:root { --paper: #fff; --ink: #1c2430; --soft: #566173; --line: #c3cad6; --group: #f3f5f9; --node: #fff; --way: #2f6fd0; --closed: #8a5a13; --link: #1c5cc0 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161d; --ink: #e6eaf1; --soft: #a3aebf; --line: #3a4454; --group: #1a202a; --node: #222a37; --way: #6ea3f2; --closed: #d9a35a; --link: #8ab6ff }
}
* { box-sizing: border-box }
html { scroll-behavior: smooth }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
header, main { max-width: 1480px; margin: 0 auto; padding: 0 24px }
h1 { margin: 28px 0 4px; font-size: 28px; line-height: 1.2 }
h2 { margin: 32px 0 8px; font-size: 20px; line-height: 1.3 }
h3 { margin: 20px 0 8px; font-size: 16px }
a { color: var(--link) }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 8px 0; font-size: 14px }
article { max-width: 76ch }
article ul { margin: 8px 0; padding-left: 20px }
li { margin: 6px 0 }
li.letter { list-style: none }
blockquote { margin: 4px 0 12px; padding: 4px 14px; border-left: 3px solid var(--line); color: var(--soft); white-space: pre-line }
.id { font: 12px/1.4 ui-monospace, monospace; color: var(--soft); overflow-wrap: anywhere }
.legend { margin: 0 0 10px; color: var(--soft); font-size: 14px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 15px }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { font-weight: 600 }
details { border: 1px solid var(--line); border-radius: 6px; padding: 6px 12px; margin: 6px 0; font-size: 15px }
summary { cursor: pointer; font-weight: 600 }
svg { display: block; max-width: 100%; min-width: 900px; height: auto; font-family: system-ui, sans-serif; font-size: 12px }
svg text { fill: var(--ink) }
.group rect { fill: var(--group); stroke: var(--line) }
.group text { font-weight: 600; fill: var(--soft) }
.node rect { fill: var(--node); stroke: var(--line) }
.node .title { font-weight: 600 }
.node .line { font-size: 11px; fill: var(--soft) }
a.node:hover rect, a.node:focus rect { stroke: var(--way); stroke-width: 2 }
.edge { fill: none; stroke-width: 1.3 }
.edge.then { stroke: var(--way) }
.edge.otherwise { stroke: var(--closed); stroke-dasharray: 4 3 }
marker.then path { fill: var(--way) }
marker.otherwise path { fill: var(--closed) }
.label { font-size: 11px; paint-order: stroke; stroke: var(--paper); stroke-width: 3px }
:target { outline: 2px solid var(--way); outline-offset: 3px; border-radius: 3px }
@media screen and (min-width: 1900px) {
  header, main { max-width: 2400px }
  main { display: grid; grid-template-columns: minmax(0, 1290px) minmax(0, 76ch); gap: 40px }
}
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #333; --line: #999; --group: #f6f6f6; --node: #fff; --way: #1c4f9c; --closed: #7a4d0c; --link: #000 }
  body { font-size: 11pt }
  header, main { padding: 0; max-width: none }
  nav, .legend { display: none }
  svg { min-width: 0; width: 100% }
  .scroll { overflow: visible }
  li, tr, details { break-inside: avoid }
  h2, h3 { break-after: avoid }
}
`
