/** A policy as boxes and arrows, before anybody draws them: Mermaid and the page show the same chart. */

export type Chart = {
  groups: readonly ChartGroup[]
  edges: readonly ChartEdge[]
  /** What stands behind a box that is several rules. */
  folds: readonly ChartFold[]
}

/** `column`: from the left, in the order in which things happen. */
export type ChartGroup = { id: string; title: string; column: number; nodes: readonly ChartNode[] }

export type ChartNode = {
  id: string
  title: string
  lines: readonly string[]
  /** The paragraph of the sentences that says it in full (`rules/uk`), or the fold; null: there is none. */
  about: string | null
}

/** Ends are ids of nodes or of whole groups. `otherwise`: only where the usual way is closed. */
export type ChartEdge = { from: string; to: string; label: string | null; kind: 'then' | 'otherwise' }

export type ChartFold = { id: string; title: string; rules: readonly { id: string; text: string }[] }
