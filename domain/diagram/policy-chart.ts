/** Draws up the chart of a policy: what comes in, which rule, who, how fast, and what happens when it is late. */
import type { Policy, ReviewKind, Sla } from '../policy.js'
import { reviewKinds } from '../policy.js'
import { type Cast, decidesIs, whoIs } from '../prose/cast.js'
import { leadsOf } from '../prose/lead-phrase.js'
import { endOf } from '../prose/people-decide.js'
import { hoursOf, laddersOf, stepText } from '../prose/service-levels.js'
import { capital, figure, list, named, span, times } from '../prose/words.js'
import { afterGroup, bookable, bookingGroup } from './after.js'
import type { Chart, ChartEdge, ChartGroup, ChartNode } from './chart.js'
import { type Route, type Routes, routesOf, whomOf } from './routes.js'

/** From so many sources on, those of one campaign are one box. */
const mostSources = 8

export function chartOf(policy: Policy, cast: Cast): Chart {
  const routes = routesOf(policy, cast)
  const all = everyRoute(routes)
  const targets = all.flatMap(({ assign, backup }) => (backup === null ? [assign] : [assign, backup]))
  const queues = Object.entries(policy.pools).flatMap(([pool, { choice }]) =>
    choice.by === 'queue' ? [{ pool, then: choice.then }] : [],
  )
  const whom = whomOf(policy, [...targets, ...queues.map(({ then }) => then)], cast)
  const slas = Object.keys(policy.slas)
  const slaId = (sla: string) => `sla${slas.indexOf(sla) + 1}`
  const late = latesOf(policy, cast)
  const decisions = decisionGroups(routes)
  return {
    groups: [
      entryGroup(policy),
      worthGroup(policy),
      reviewsGroup(policy, cast),
      ...decisions,
      whom.group,
      { id: 'fast', title: 'How fast', column: 3, nodes: slas.map(sla => slaNode(policy, sla, slaId(sla))) },
      { id: 'late', title: 'When it is late', column: 4, nodes: late.map(({ node }) => node) },
      bookingGroup(policy),
      afterGroup(policy, cast),
    ].filter(({ nodes }) => nodes.length > 0),
    edges: unique([
      ...frameEdges(decisions),
      ...all.map(({ node, assign }) => then(node.id, whom.idOf(assign))),
      ...all.flatMap(({ node, backup }) =>
        backup === null ? [] : [otherwise(node.id, whom.idOf(backup), null)],
      ),
      ...queues.map(({ pool, then }) => otherwise(whom.ofPool(pool), whom.idOf(then), 'nobody accepts')),
      ...all.map(({ assign, sla }) => then(whom.idOf(assign), slaId(sla))),
      ...late.flatMap(({ node, of }) => of.map(sla => otherwise(slaId(sla), node.id, null))),
      ...(policy.handoff === null ? [] : [then('fast', 'handoff1', 'worked on')]),
      ...(bookable(policy).length === 0 ? [] : [then('whom', 'booking', 'to the prospect')]),
    ]),
    folds: routes.folds,
  }
}

function everyRoute({ exceptions, accounts, rules, otherwise }: Routes): readonly Route[] {
  return [...exceptions, ...(accounts === null ? [] : [accounts]), ...rules, otherwise]
}

function then(from: string, to: string, label: string | null = null): ChartEdge {
  return { from, to, label, kind: 'then' }
}

function otherwise(from: string, to: string, label: string | null): ChartEdge {
  return { from, to, label, kind: 'otherwise' }
}

/** Two arrows between the same boxes are one; an arrow from a box to itself says nothing. */
function unique(edges: readonly ChartEdge[]): ChartEdge[] {
  const seen = new Set<string>()
  return edges.filter(({ from, to }) => {
    const key = `${from} ${to}`
    if (from === to || to === '' || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function frameEdges(decisions: readonly ChartGroup[]): ChartEdge[] {
  const [first] = decisions
  return [
    then('entry', 'check1'),
    then('check1', 'worth1'),
    otherwise('worth', 'reviews', 'not clear'),
    ...(first === undefined ? [] : [then('worth1', first.id)]),
    ...decisions.slice(1).map((group, index) => then(decisions[index]?.id ?? '', group.id, 'none fits')),
    otherwise('otherwise', 'reviews', 'nobody can'),
  ]
}

function entryGroup({ sources }: Policy): ChartGroup {
  const entries = Object.entries(sources)
  const rolloutWords = { on: [], shadow: ['on trial, nobody gets them'], off: ['only stored'] }
  const nodes =
    entries.length <= mostSources
      ? entries.map(([id, { campaign, rollout, critical }], index) => ({
          id: `source${index + 1}`,
          title: capital(named(id)),
          lines: [
            `campaign ${named(campaign)}`,
            ...(critical.length === 0 ? [] : [`needs ${list(critical.map(named))}`]),
            ...rolloutWords[rollout],
          ],
          about: `sources/${id}`,
        }))
      : [...new Set(entries.map(([, { campaign }]) => campaign))].map((campaign, index) => {
          const ids = entries.flatMap(([id, source]) => (source.campaign === campaign ? [id] : []))
          return {
            id: `source${index + 1}`,
            title: ids.length === 1 ? capital(named(ids.join(''))) : `${figure(ids.length)} sources`,
            lines: [`campaign ${named(campaign)}`, ...(ids.length === 1 ? [] : [list(ids.map(named))])],
            about: `sources/${ids[0] ?? ''}`,
          }
        })
  return { id: 'entry', title: 'Leads come in', column: 0, nodes }
}

function worthGroup({ score, qualify, segments, duplicates }: Policy): ChartGroup {
  const { disqualified, qualified } = qualify
  return {
    id: 'worth',
    title: 'What it is',
    column: 0,
    nodes: [
      {
        id: 'check1',
        title: 'Is it clear what it is?',
        lines: [
          'A known source, with all that must be there',
          `Nobody we know: a person looks from ${duplicates.review} points of evidence`,
        ],
        about: 'duplicates',
      },
      {
        id: 'worth1',
        title: 'How good is it?',
        lines: [
          ...(score.length === 0
            ? []
            : [`Points for ${figure(score.length)} ${score.length === 1 ? 'thing' : 'things'}`]),
          ...(qualified === null ? [] : [`Qualified: ${leadsOf(qualified)}`]),
          ...(segments.length === 0 ? [] : [`Segments: ${list(segments.map(({ id }) => named(id)))}`]),
          ...(disqualified === null ? [] : [`Ends here: ${leadsOf(disqualified)}`]),
        ],
        about: 'worth',
      },
    ],
  }
}

function decisionGroups({ exceptions, accounts, rules, otherwise }: Routes): ChartGroup[] {
  const group = (id: string, title: string, routes: readonly Route[]) => ({
    id,
    title,
    column: 1,
    nodes: routes.map(({ node }) => node),
  })
  return [
    group('exceptions', 'First: exceptions, in this order', exceptions),
    group('accounts', 'Then: accounts', accounts === null ? [] : [accounts]),
    group('rules', 'Then: the rule that says most', rules),
    group('otherwise', 'Last', [otherwise]),
  ].filter(({ nodes }) => nodes.length > 0)
}

const questions: Record<ReviewKind, string> = {
  'missing-critical': 'something is missing',
  'ambiguous-rule': 'two rules fit equally well',
  'possible-duplicate': 'perhaps somebody we know',
  'undeclared-source': 'an unknown source',
  'nobody-available': 'nobody can take it',
  'high-value': 'of high value, beside the owner',
  'ownership-claimed': 'two people claim it',
  'policy-exception': 'the policy makes an exception',
}

/** Questions that are decided by the same people in the same time, with the same end, are one box. */
function reviewsGroup({ reviews }: Policy, cast: Cast): ChartGroup {
  const kinds = reviewKinds.filter(
    kind => !['high-value', 'policy-exception'].includes(kind) || reviews[kind].when !== null,
  )
  const alike = new Map<string, ReviewKind[]>()
  for (const kind of kinds) {
    const { decides, backup, withinMs, onTimeout } = reviews[kind]
    const key = JSON.stringify([decides, backup, withinMs, onTimeout])
    alike.set(key, [...(alike.get(key) ?? []), kind])
  }
  return {
    id: 'reviews',
    title: 'A person decides',
    column: 0,
    nodes: [...alike.values()].flatMap((same, index) => {
      const [kind] = same
      if (kind === undefined) return []
      const terms = reviews[kind]
      return [
        {
          id: `review${index + 1}`,
          title: capital(
            list(
              same.map(each => questions[each]),
              'or',
            ),
          ),
          lines: [
            `${capital(decidesIs(terms.decides, cast))}, within ${span(terms.withinMs)}`,
            `Then ${decidesIs(terms.backup, cast)}, as long`,
            `Else ${endOf(terms, cast)}`,
          ],
          about: `reviews/${kind}`,
        },
      ]
    }),
  }
}

function slaNode({ slas }: Policy, id: string, nodeId: string): ChartNode {
  const sla = slas[id]
  if (sla === undefined) return { id: nodeId, title: named(id), lines: [], about: null }
  const { acknowledge, firstTouch, stale } = sla
  return {
    id: nodeId,
    title: capital(named(id)),
    lines: [
      ...(acknowledge === null ? [] : [`acknowledged in ${span(acknowledge.withinMs)}`]),
      `first contact in ${span(firstTouch.withinMs)}`,
      ...(stale === null ? [] : [`each further one in ${span(stale.withinMs)}`]),
      hoursOf(sla).replace('counted ', ''),
    ],
    about: `slas/${id}`,
  }
}

/** Service levels with the same steps share a box. */
function latesOf({ slas }: Policy, cast: Cast): { node: ChartNode; of: string[] }[] {
  const alike = new Map<string, { sla: Sla; of: string[] }>()
  for (const [id, sla] of Object.entries(slas)) {
    const ladders = laddersOf(sla)
    if (ladders.length === 0) continue
    const key = JSON.stringify([ladders, sla.reRoutes])
    alike.set(key, { sla, of: [...(alike.get(key)?.of ?? []), id] })
  }
  return [...alike.values()].map(({ sla, of }, index) => ({
    of,
    node: {
      id: `late${index + 1}`,
      title: capital(list(of.map(named))),
      lines: [
        ...laddersOf(sla).flatMap(({ of, steps }) => {
          const prefix = / and /.test(of) ? '' : of
          return steps.map(step => capital(`${prefix}${stepText(step)}`))
        }),
        ...(sla.reRoutes.most === 0
          ? []
          : [`Moved ${times(sla.reRoutes.most)} at most, then to ${whoIs(sla.reRoutes.then, cast)}`]),
      ],
      about: `slas/${of[0] ?? ''}`,
    },
  }))
}
