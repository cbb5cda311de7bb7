/** What a policy declares and nothing uses. */
import type { Condition } from '../condition.js'
import { type Decider, type Policy, type Target, templateVariables } from '../policy.js'
import { isMapping } from '../policy/problems.js'
import type { Path } from '../yaml.js'
import { askedBy, listsIn, testsIn } from './asked.js'
import { namedIn, plain } from './classes.js'
import type { Finding } from './finding.js'
import { enumerated } from './sentences.js'

/**
 * @param document the plain values of the YAML; null: it is not at hand. Templates and the service levels that others
 *   are like stand in it alone.
 */
export function lintUnused(policy: Policy, document: unknown): Finding[] {
  return [
    ...unused('pool', ['pools'], Object.keys(policy.pools), poolsUsed(policy)),
    ...unused('territory', ['territories'], Object.keys(policy.territories), territoriesUsed(policy)),
    ...unused('list', ['lists'], Object.keys(policy.lists), listsUsed(policy)),
    ...unused('calendar', ['calendars'], Object.keys(policy.calendars), calendarsUsed(policy)),
    ...unused('campaign', ['campaigns'], Object.keys(policy.campaigns), campaignsUsed(policy)),
    ...segments(policy),
    ...(isMapping(document) ? [...slas(policy, document), ...templates(document)] : []),
  ]
}

/** A document that was read has none of these; a stored policy may be older than a variable's end. */
export function lintTemplates(policy: Policy): Finding[] {
  const known: readonly string[] = templateVariables
  const letters = Object.entries(policy.campaigns).flatMap(([id, { acknowledge, meetingLink }]) =>
    Object.entries({ acknowledge, meetingLink }).map(([key, letter]) => ({ id, key, letter })),
  )
  return letters.flatMap(({ id, key, letter }): Finding[] => {
    const texts = letter === null ? [] : [letter.template.subject, letter.template.text]
    const variables = texts.flatMap(text =>
      [...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map(([, name = '']) => name),
    )
    const unknown = [...new Set(variables)].filter(name => !known.includes(name))
    if (unknown.length === 0) return []
    return [
      {
        severity: 'error',
        check: 'templates',
        path: ['campaigns', id, key, 'template'],
        message: `the letter of campaign ${id} has ${enumerated(unknown, 'and')}, which nothing fills`,
        counterExample: null,
        suggestion: `use ${enumerated(known, 'or')}`,
      },
    ]
  })
}

function unused(noun: string, section: Path, names: readonly string[], used: ReadonlySet<string>): Finding[] {
  return names
    .filter(name => !used.has(name))
    .map(name => ({
      severity: 'warning',
      check: 'unused',
      path: [...section, name],
      at: 'key',
      message: `nothing uses the ${noun} ${name}`,
      counterExample: null,
      suggestion: `take it out, or use it`,
    }))
}

function poolsUsed(policy: Policy): ReadonlySet<string> {
  const { rules, otherwise, accounts, reviews, slas, pools, handoff } = policy
  const targets: readonly (Target | null)[] = [
    ...rules.flatMap(({ assign, backup }) => [assign, backup]),
    otherwise.assign,
    ...(accounts === null ? [] : [accounts.assign, accounts.backup]),
    ...Object.values(reviews).map(({ onTimeout }) => (onTimeout.kind === 'assign' ? onTimeout.target : null)),
    ...Object.values(slas).map(({ reRoutes }) => reRoutes.then),
    handoff?.assign ?? null,
    ...Object.values(pools).map(({ choice }) => (choice.by === 'queue' ? choice.then : null)),
  ]
  return new Set(targets.flatMap(target => (target?.kind === 'pool' ? [String(target.pool)] : [])))
}

/** By a condition, by what lies within them, or for the manager who decides there. */
function territoriesUsed(policy: Policy): ReadonlySet<string> {
  const { territories, reviews, reassign } = policy
  const used = new Set(namedBy(policy, 'territory'))
  const deciders: readonly Decider[] = [
    ...Object.values(reviews).flatMap(({ decides, backup }) => [decides, backup]),
    reassign.decides,
    reassign.backup,
  ]
  const managersDecide = deciders.some(({ kind }) => kind === 'managerOfTerritory')
  for (const [id, { manager }] of Object.entries(territories)) {
    if (managersDecide && manager !== null) used.add(id)
  }
  // Each pass goes one territory further out; there are no more levels than territories.
  for (let level = 0; level < Object.keys(territories).length; level++) {
    for (const id of [...used]) {
      const within = territories[id]?.within ?? null
      if (within !== null) used.add(within)
    }
  }
  return used
}

function listsUsed(policy: Policy): ReadonlySet<string> {
  return new Set(askedBy(policy).flatMap(({ when }) => listsIn(when)))
}

function calendarsUsed({ slas, timeToAssign }: Policy): ReadonlySet<string> {
  const clocks = [...Object.values(slas), ...(timeToAssign === null ? [] : [timeToAssign])]
  return new Set(clocks.flatMap(({ clock }) => (clock.kind === 'calendar' ? [clock.calendar] : [])))
}

function campaignsUsed({ sources }: Policy): ReadonlySet<string> {
  return new Set(Object.values(sources).map(({ campaign }) => campaign))
}

/** A segment says something about a lead even if no rule asks for it; only if none asks for any is it a slip. */
function segments(policy: Policy): Finding[] {
  const names = policy.segments.map(({ id }) => id)
  const used = new Set(namedBy(policy, 'segment'))
  const isAsked = used.size > 0 || askedBy(policy).some(({ when }) => asksFor(when, 'segment'))
  return unused('segment', ['segments'], names, used).map(finding =>
    isAsked ? { ...finding, severity: 'note', suggestion: 'nothing, if it is there for reports' } : finding,
  )
}

function slas(policy: Policy, document: Record<string, unknown>): Finding[] {
  const { rules, otherwise, accounts, handoff } = policy
  const written = isMapping(document.slas) ? Object.values(document.slas) : []
  const used = new Set([
    ...rules.map(({ sla }) => sla),
    otherwise.sla,
    ...(accounts === null ? [] : [accounts.sla]),
    ...(handoff === null ? [] : [handoff.sla]),
    ...written.flatMap(sla => (isMapping(sla) && typeof sla.like === 'string' ? [sla.like] : [])),
  ])
  return unused('service level', ['slas'], Object.keys(policy.slas), used)
}

function templates(document: Record<string, unknown>): Finding[] {
  const campaigns = isMapping(document.campaigns) ? Object.values(document.campaigns) : []
  const letters = campaigns.flatMap(campaign =>
    isMapping(campaign) ? [campaign.acknowledge, campaign.meetingLink] : [],
  )
  const used = letters.flatMap(letter =>
    isMapping(letter) && typeof letter.template === 'string' ? [letter.template] : [],
  )
  const names = isMapping(document.templates) ? Object.keys(document.templates) : []
  return unused('template', ['templates'], names, new Set(used))
}

function namedBy(policy: Policy, field: 'segment' | 'territory'): string[] {
  const known = field === 'segment' ? policy.segments.map(({ id }) => id) : Object.keys(policy.territories)
  const tests = askedBy(policy).flatMap(({ when }) => testsIn(when).map(({ test }) => test))
  const named = namedIn(tests.filter(test => test.field === field)).map(plain)
  return known.filter(id => named.includes(plain(id)))
}

function asksFor(when: Condition, field: string): boolean {
  return testsIn(when).some(({ test }) => test.field === field)
}
