/** Where each box of a chart stands: columns from left to right, and in each what follows as near as may be to what it follows. */
import type { Chart, ChartEdge, ChartGroup, ChartNode } from './chart.js'

export type Box = { x: number; y: number; width: number; height: number }
export type PlacedNode = { node: ChartNode; box: Box; title: readonly string[]; lines: readonly string[] }
export type PlacedGroup = { group: ChartGroup; box: Box; nodes: readonly PlacedNode[] }
/** `isLevel`: it runs from side to side, so that its label is centred. */
export type PlacedEdge = { edge: ChartEdge; path: string; middle: Point; isLevel: boolean }
type Point = { x: number; y: number }
export type Layout = {
  width: number
  height: number
  groups: readonly PlacedGroup[]
  edges: readonly PlacedEdge[]
}

/** In pixels at the size at which the page is drawn. */
export const sizes = { text: 12, line: 15, padding: 8, titleBar: 24 } as const
const nodeWidth = 206
const columnGap = 62
const groupGap = 26
const nodeGap = 9
/** A little more than the average letter of a sans-serif face takes, so that no line leaves its box. */
const letterWidth = { title: 7.4, line: 6 } as const

export function layOut({ groups, edges }: Chart): Layout {
  const columns = [...new Set(groups.map(({ column }) => column))].sort((a, b) => a - b)
  const placed: PlacedGroup[] = []
  for (const [index, column] of columns.entries()) {
    const x = index * (nodeWidth + 2 * sizes.padding + columnGap)
    let y = 0
    for (const group of groups.filter(each => each.column === column)) {
      const next = placeGroup(group, { x, y }, index === 0 ? null : wishesOf(group, edges, placed))
      placed.push(next)
      y = next.box.y + next.box.height + groupGap
    }
  }
  const boxes = new Map([
    ...placed.map(({ group, box }) => [group.id, box] as const),
    ...placed.flatMap(({ nodes }) => nodes.map(({ node, box }) => [node.id, box] as const)),
  ])
  return {
    width: Math.max(0, ...placed.map(({ box }) => box.x + box.width)),
    height: Math.max(0, ...placed.map(({ box }) => box.y + box.height)),
    groups: placed,
    edges: edges.flatMap(edge => {
      const from = boxes.get(edge.from)
      const to = boxes.get(edge.to)
      return from === undefined || to === undefined ? [] : [{ edge, ...pathBetween(from, to) }]
    }),
  }
}

/** Per node the middle height of all from which an arrow comes; only where all of a group's arrows come from the left. */
function wishesOf(
  group: ChartGroup,
  edges: readonly ChartEdge[],
  placed: readonly PlacedGroup[],
): ReadonlyMap<string, number> | null {
  const middles = new Map(
    placed.flatMap(({ group: { column }, nodes }) =>
      column < group.column ? nodes.map(({ node, box }) => [node.id, box.y + box.height / 2] as const) : [],
    ),
  )
  const wishes = new Map<string, number>()
  for (const { id } of group.nodes) {
    const sources = edges.filter(({ to, kind }) => to === id && kind === 'then')
    const fallback = edges.filter(({ to }) => to === id)
    const from = (sources.length > 0 ? sources : fallback).flatMap(({ from }) => middles.get(from) ?? [])
    if (from.length > 0) wishes.set(id, from.reduce((sum, y) => sum + y, 0) / from.length)
  }
  return wishes.size === 0 ? null : wishes
}

function placeGroup(
  group: ChartGroup,
  { x, y }: Point,
  wishes: ReadonlyMap<string, number> | null,
): PlacedGroup {
  const wishOf = ({ id }: ChartNode) => wishes?.get(id) ?? Number.POSITIVE_INFINITY
  const sized = group.nodes.map(node => sizedNode(node))
  const ordered = wishes === null ? sized : sized.sort((a, b) => compare(wishOf(a.node), wishOf(b.node)))
  const [first] = ordered
  const top =
    wishes === null || first === undefined
      ? y
      : Math.max(y, wishOf(first.node) - first.height / 2 - sizes.titleBar)
  let next = Number.isFinite(top) ? top + sizes.titleBar : y + sizes.titleBar
  const start = next - sizes.titleBar
  const nodes = ordered.map(({ node, title, lines, height }): PlacedNode => {
    const wish = wishOf(node)
    const at = Number.isFinite(wish) ? Math.max(next, wish - height / 2) : next
    next = at + height + nodeGap
    return { node, title, lines, box: { x: x + sizes.padding, y: at, width: nodeWidth, height } }
  })
  const end = next - nodeGap + sizes.padding
  return { group, nodes, box: { x, y: start, width: nodeWidth + 2 * sizes.padding, height: end - start } }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function sizedNode(node: ChartNode) {
  const title = wrap(node.title, letterWidth.title)
  const lines = node.lines.flatMap(line => wrap(line, letterWidth.line))
  return { node, title, lines, height: (title.length + lines.length) * sizes.line + 2 * sizes.padding - 2 }
}

/** At blanks, so that each line fits; a longer word is cut. */
function wrap(text: string, letter: number): string[] {
  const most = Math.floor((nodeWidth - 2 * sizes.padding) / letter)
  const lines: string[] = []
  for (const word of text.split(' ').flatMap(long => long.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** From side to side where one box stands beside the other, from bottom to top where it stands above it. */
function pathBetween(from: Box, to: Box): Omit<PlacedEdge, 'edge'> {
  const isBeside = to.x >= from.x + from.width || from.x >= to.x + to.width
  if (isBeside) {
    const forward = to.x > from.x
    const start = { x: forward ? from.x + from.width : from.x, y: from.y + from.height / 2 }
    const end = { x: forward ? to.x : to.x + to.width, y: entryOf(to, start.y) }
    const bend = Math.max(24, Math.abs(end.x - start.x) / 2) * (forward ? 1 : -1)
    return {
      ...curve(start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end),
      isLevel: true,
    }
  }
  const down = to.y > from.y
  const x = Math.max(from.x, to.x) + Math.min(from.width, to.width) / 2
  const start = { x, y: down ? from.y + from.height : from.y }
  const end = { x, y: down ? to.y : to.y + to.height }
  return { ...curve(start, start, end, end), isLevel: false }
}

/** A tall group is entered where the arrow comes along, not in its middle. */
function entryOf({ y, height }: Box, wanted: number): number {
  return height < 160 ? y + height / 2 : Math.min(Math.max(wanted, y + 40), y + height - 40)
}

function curve(start: Point, first: Point, second: Point, end: Point): { path: string; middle: Point } {
  const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`
  return {
    path: `M${at(start)} C${at(first)} ${at(second)} ${at(end)}`,
    middle: { x: round((start.x + end.x) / 2), y: round((start.y + end.y) / 2) },
  }
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}
