/**
 * The one style sheet of the desk and the contact form. It stands inside each page, escaped like any text, so it has
 * no quotation mark and no angle bracket. Every pair of colours has a contrast of at least 4.5 to 1.
 */
export const style = `
:root { color-scheme: light dark; --ink: #1c2530; --soft: #55606e; --paper: #ffffff; --back: #f3f5f8; --line: #c9d1db;
  --link: #0b57a4; --late: #a3230f; --note: #e7f0fb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --soft: #a9b4c2; --paper: #1b2128; --back: #12161b;
  --line: #3c4753; --link: #8cc0ff; --late: #ff9c8a; --note: #1d2e42; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main, .bar { max-width: 62rem; margin: 0 auto; padding: 0.75rem 1rem; }
header { background: var(--paper); border-bottom: 1px solid var(--line); }
.bar, nav, .row, .row form { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; }
.bar { justify-content: space-between; }
.row, .row form { align-items: end; }
a { color: var(--link); }
nav a[aria-current] { font-weight: 700; color: var(--ink); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.75rem 0; }
h2 { font-size: 1.15rem; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 0.75rem 0 0.25rem; }
section, article, .flash, .card { background: var(--paper); border: 1px solid var(--line); border-radius: 0.5rem;
  padding: 1rem; margin: 0 0 1rem; }
.flash { background: var(--note); }
ul.leads { list-style: none; padding: 0; margin: 0; }
ol.story { padding: 0; margin: 0; list-style: none; }
ol.story li { padding: 0.35rem 0; border-top: 1px solid var(--line); }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.late, .error { color: var(--late); font-weight: 600; }
.prose { white-space: pre-wrap; overflow-wrap: anywhere; }
form { margin: 0.5rem 0; }
.field { display: flex; flex-direction: column; gap: 0.15rem; margin: 0 0 0.75rem; max-width: 34rem; }
.row .field { margin: 0; }
.tick { display: flex; gap: 0.5rem; align-items: baseline; margin: 0 0 0.75rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft);
  border-radius: 0.35rem; padding: 0.45rem 0.6rem; max-width: 100%; min-height: 2.5rem; }
.tick input { min-height: auto; }
textarea { min-height: 6rem; }
button { background: var(--link); border-color: var(--link); color: var(--paper); cursor: pointer; }
button.plain { background: none; color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
summary { cursor: pointer; color: var(--link); padding: 0.25rem 0; }
.narrow { max-width: 38rem; }
.trap { position: absolute; left: -999rem; width: 1px; height: 1px; overflow: hidden; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin: 0 0 0.5rem; } .row button { width: 100%; } }
`
