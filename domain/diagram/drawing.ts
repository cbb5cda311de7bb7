/** The chart as SVG, to stand inside a page whose styles it uses. */
import type { Chart } from './chart.js'
import { type Box, layOut, type PlacedEdge, type PlacedGroup, type PlacedNode, sizes } from './layout.js'

const margin = 4

/** Each box leads to what the page says about it. */
export function svgOf(chart: Chart, title: string): string {
  const { width, height, groups, edges } = layOut(chart)
  const view = `${-margin} ${-margin} ${round(width + 2 * margin)} ${round(height + 2 * margin)}`
  return [
    `<svg viewBox="${view}" width="${round(width)}" role="group" aria-label="${escaped(title)}">`,
    '<defs>',
    ...['then', 'otherwise'].map(
      kind =>
        `<marker id="head-${kind}" class="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker>`,
    ),
    '</defs>',
    ...groups.map(groupSvg),
    ...edges.map(edgeSvg),
    ...groups.flatMap(({ nodes }) => nodes.map(nodeSvg)),
    ...edges.map(edgeLabel),
    '</svg>',
  ].join('\n')
}

function groupSvg({ group, box }: PlacedGroup): string {
  return `<g class="group">${rectangle(box)}<text x="${round(box.x + sizes.padding)}" y="${round(box.y + 16)}">${escaped(group.title)}</text></g>`
}

function nodeSvg({ node, box, title, lines }: PlacedNode): string {
  const texts = [
    ...title.map(line => ({ line, name: 'title' })),
    ...lines.map(line => ({ line, name: 'line' })),
  ]
  const drawn = [
    rectangle(box),
    ...texts.map(
      ({ line, name }, index) =>
        `<text class="${name}" x="${round(box.x + sizes.padding)}" y="${round(box.y + sizes.padding + 10 + index * sizes.line)}">${escaped(line)}</text>`,
    ),
  ].join('')
  return node.about === null
    ? `<g class="node">${drawn}</g>`
    : `<a class="node" href="#${escaped(node.about)}">${drawn}</a>`
}

function edgeSvg({ edge, path }: PlacedEdge): string {
  return `<path class="edge ${edge.kind}" d="${path}" marker-end="url(#head-${edge.kind})"/>`
}

function edgeLabel({ edge, middle, isLevel }: PlacedEdge): string {
  if (edge.label === null) return ''
  const place = isLevel ? `x="${middle.x}" text-anchor="middle"` : `x="${middle.x + 5}"`
  return `<text class="label" ${place} y="${middle.y + 4}">${escaped(edge.label)}</text>`
}

function rectangle({ x, y, width, height }: Box): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6"/>`
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}

/** Text for HTML, in an element or in a quoted attribute. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
