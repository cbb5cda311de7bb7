/** The chart in the language of Mermaid, which GitHub and many wikis draw. */
import type { People } from '../people.js'
import type { Policy } from '../policy.js'
import { castOf } from '../prose/cast.js'
import type { Chart, ChartEdge, ChartNode } from './chart.js'
import { chartOf } from './policy-chart.js'

/** `people`: whose names are said for their ids. */
export function mermaidOf(policy: Policy, people: People | null = null): string {
  return drawn(chartOf(policy, castOf(people)))
}

function drawn({ groups, edges }: Chart): string {
  return [
    'flowchart LR',
    ...groups.flatMap(({ id, title, nodes }) => [
      `  subgraph ${id}["${label(title)}"]`,
      ...nodes.map(node => `    ${node.id}["${nodeLabel(node)}"]`),
      '  end',
    ]),
    ...edges.map(edge => `  ${edgeText(edge)}`),
    '',
  ].join('\n')
}

function nodeLabel({ title, lines }: ChartNode): string {
  return [`<b>${label(title)}</b>`, ...lines.map(label)].join('<br>')
}

function edgeText({ from, to, label: text, kind }: ChartEdge): string {
  const arrow = kind === 'then' ? '-->' : '-.->'
  return text === null ? `${from} ${arrow} ${to}` : `${from} ${arrow}|"${label(text)}"| ${to}`
}

/** Everything that Mermaid or HTML might read as its own becomes a number, as Mermaid writes it: `#34;`. */
function label(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:'’“”()%-]/gu, character => `#${character.codePointAt(0) ?? 32};`)
}
