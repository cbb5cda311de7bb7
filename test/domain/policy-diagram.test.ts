import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { layOut } from '../../domain/diagram/layout.js'
import { mermaidOf } from '../../domain/diagram/mermaid.js'
import { htmlOf } from '../../domain/diagram/page.js'
import { chartOf } from '../../domain/diagram/policy-chart.js'
import type { Policy } from '../../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import { castOf } from '../../domain/prose/cast.js'
import { policyOf, years } from './a-policy-document.js'
import { fortyRules } from './forty-rules.js'

const cast = castOf(null)

/** Names with everything that Mermaid or HTML would read as its own. */
const hostile = policyOf(
  'policy: \'"Quoted" <script>alert(1)</script> & #1; [x] `y` | --> z\'',
  'slas: { end: { firstTouch: 30m }, graph: { firstTouch: 4h } }',
  'sla: end',
  'pools: { sdr: { turns: { ana: 2, ben: 1 } }, subgraph: { turns: { dora: 1 } } }',
  `rules:
  - { id: class, when: { product: '"</b>]<img src=x> #35; %% | {' }, assign: subgraph }
  - { id: click, when: { product: '\`~*_\` ;\\ end' }, assign: ana, backup: sdr }`,
)

const policies: [name: string, policy: Policy][] = [
  ['the sample of Acme', acme()],
  ['forty rules', fortyRules()],
  ['a policy with hostile names', hostile],
  ['the least that there is', policyOf()],
]

describe.each(policies)('the chart of %s', (_name, policy) => {
  const chart = chartOf(policy, cast)
  const nodes = chart.groups.flatMap(group => group.nodes)

  it('has each box once and no arrow from or to nowhere', () => {
    const ids = [...chart.groups.map(({ id }) => id), ...nodes.map(({ id }) => id)]
    expect(new Set(ids).size).toBe(ids.length)
    expect(chart.edges.filter(({ from, to }) => !ids.includes(from) || !ids.includes(to))).toEqual([])
  })

  it('leads from every rule to somebody, and from whoever gets leads by a rule to clocks', () => {
    const from = (prefix: RegExp) => nodes.filter(({ id }) => prefix.test(id)).map(({ id }) => id)
    const leadsTo = (id: string, to: RegExp) =>
      chart.edges.some(edge => edge.from === id && edge.kind === 'then' && to.test(edge.to))
    const routes = from(/^(exception|account|rule|otherwise)\d+$/)
    expect(routes.filter(id => !leadsTo(id, /^who\d+$/))).toEqual([])
    const owners = chart.edges
      .filter(({ from, kind }) => routes.includes(from) && kind === 'then')
      .map(({ to }) => to)
    expect(owners.filter(id => !leadsTo(id, /^sla\d+$/))).toEqual([])
  })

  it('shows every rule by itself, among others of its kind, or in a fold', () => {
    const page = htmlOf(policy)
    for (const { id } of policy.rules) expect(page).toContain(`rules/${id}"`)
    for (const pool of Object.keys(policy.pools)) {
      expect(nodes.map(({ about }) => about)).toContain(`pools/${pool}`)
    }
  })

  it('is Mermaid that nothing in a name can break', () => {
    expect(faultsOf(mermaidOf(policy))).toEqual([])
  })

  it('is drawn without one box over another', () => {
    const { groups } = layOut(chart)
    for (const boxes of [
      groups.map(({ box }) => box),
      groups.flatMap(({ nodes }) => nodes.map(({ box }) => box)),
    ]) {
      for (const [index, one] of boxes.entries())
        for (const other of boxes.slice(index + 1)) {
          const apart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y
          expect(apart, JSON.stringify([one, other])).toBe(true)
        }
    }
    for (const { box, nodes } of groups)
      for (const { box: inner } of nodes) {
        expect(inner.y).toBeGreaterThan(box.y)
        expect(inner.y + inner.height).toBeLessThan(box.y + box.height)
      }
  })

  it('is a page that needs nothing from elsewhere, whose links arrive', () => {
    const page = htmlOf(policy)
    expect(page).not.toMatch(/<script|<img|<link|@import|url\((?!#head)|(src|href)="(?!#)/i)
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id)
    expect(targets.length).toBeGreaterThan(10)
    expect(targets.filter(id => !ids.includes(id))).toEqual([])
    expect(opened(page)).toEqual([])
    const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))
    expect(levels.filter(level => level === 1)).toHaveLength(1)
    expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true)
  })
})

describe('a chart of many rules', () => {
  const chart = chartOf(fortyRules(), cast)
  const rules = chart.groups.find(({ id }) => id === 'rules')?.nodes ?? []

  it('folds those to the same people at the same service level, and counts them', () => {
    expect(fortyRules().rules.length).toBeGreaterThanOrEqual(40)
    expect(rules.length).toBeLessThanOrEqual(15)
    const folded = chart.folds.map(({ rules }) => rules.length)
    expect(folded.length).toBeGreaterThan(0)
    for (const { id, rules: inside } of chart.folds) {
      const node = rules.find(({ about }) => about === id)
      expect(node?.title).toBe(`${inside.length} rules`)
    }
  })

  it('loses none of them', () => {
    const alone = rules.flatMap(({ about }) => (about?.startsWith('folds/') ? [] : [about]))
    const folded = chart.folds.flatMap(({ rules }) => rules.map(({ id }) => id))
    expect(new Set(folded).size).toBe(folded.length)
    expect(folded.length + alone.length).toBeGreaterThan(rules.length)
  })

  it('leaves a dozen as they are', () => {
    expect(chartOf(acme(), cast).folds).toEqual([])
  })
})

describe('a chart of how an owner works', () => {
  const lines = (policy: Policy, id: string) =>
    chartOf(policy, cast)
      .groups.flatMap(({ nodes }) => nodes)
      .find(node => node.id === id)?.lines

  it('says who may book a time with the owner, behind whoever gets the lead', () => {
    const policy = policyOf(
      'templates: { book: { subject: Meet, text: "{{meetingLink}}" } }',
      'campaigns: { general: { meetingLink: { by: email, template: book, when: { segment: large } } }, fairs: { meetingLink: { by: email, template: book } } }',
    )
    expect(lines(policy, 'booking1')).toEqual(['Leads in the segment large'])
    expect(lines(policy, 'booking2')).toEqual(['Every lead'])
    const edges = chartOf(policy, cast).edges
    expect(edges.find(({ to }) => to === 'booking')).toMatchObject({ from: 'whom', kind: 'then' })
    expect(chartOf(policyOf(), cast).edges.some(({ to }) => to === 'booking')).toBe(false)
  })

  it('says how long a lead may be left alone, and what happens then', () => {
    const policy = policyOf(
      'slas: { hot: { firstTouch: 30m, stale: { within: 40h, steps: [{ at: 100%, do: tell manager }] } }, normal: { firstTouch: 4h } }',
    )
    expect(lines(policy, 'sla1')).toContain('each further one in 40 hours')
    expect(lines(policy, 'late1')).toContain(
      'For a further contact, when the time is up, the manager is told',
    )
  })

  it.each([
    ['stay', 'Touched: stays with its owner'],
    ['move', 'Touched: to whoever covers, too'],
    ['pause', 'Touched: stays, and its clocks stand still'],
  ])('says of leave, touched: %s', (touched, line) => {
    expect(lines(policyOf(`leave: { touched: ${touched} }`), 'leave1')).toEqual([
      'Untouched: to whoever covers',
      line,
    ])
  })
})

function acme(): Policy {
  const text = readFileSync(new URL('../../policies/acme.yaml', import.meta.url), 'utf8')
  const parsed = parsePolicy(text, 'acme.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'acme.yaml'))
  return parsed.policy
}

/** The part of Mermaid that we write, read strictly: what any line of it may be, and that each end is there. */
function faultsOf(text: string): string[] {
  const safe = String.raw`(?:[\p{L}\p{N} .,:'’“”()%-]|#\d+;)*`
  const shapes = {
    head: /^flowchart LR$/,
    subgraph: new RegExp(String.raw`^  subgraph ([a-z]+)\["${safe}"\]$`, 'u'),
    node: new RegExp(String.raw`^    ([a-z]+\d+)\["<b>${safe}</b>(?:<br>${safe})*"\]$`, 'u'),
    end: /^ {2}end$/,
    edge: new RegExp(String.raw`^  ([a-z]+\d*) (?:-->|-\.->)(?:\|"${safe}"\|)? ([a-z]+\d*)$`, 'u'),
  }
  const reserved = ['end', 'graph', 'subgraph', 'flowchart', 'style', 'class', 'click', 'default']
  const ids = new Set<string>()
  const faults: string[] = []
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    const declared = shapes.subgraph.exec(line)?.[1] ?? shapes.node.exec(line)?.[1]
    const edge = shapes.edge.exec(line)
    if (declared !== undefined) {
      if (ids.has(declared) || reserved.includes(declared)) faults.push(`${line}: taken`)
      ids.add(declared)
    } else if (edge !== null) {
      for (const id of edge.slice(1)) if (!ids.has(id)) faults.push(`${line}: no ${id}`)
    } else if (!(index === 0 ? shapes.head : shapes.end).test(line)) faults.push(line)
  }
  return faults
}

/** Elements that are not closed, or closed where they were not open. */
function opened(page: string): string[] {
  const open: string[] = []
  for (const [, slash, name = '', rest = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/gi)) {
    if (name === 'meta' || rest.endsWith('/')) continue
    if (slash === '') open.push(name)
    else if (open.at(-1) === name) open.pop()
    else return [...open, `</${name}>`]
  }
  return open
}
