/**
 * Why each person does or does not own a lead, worked out a second time from the policy and the input of the decision
 * alone, in the plainest way and in floating point. What the engine decided, and what `whyNot` says of it, is held
 * against this. Of catching up, `next rule` and rules about places it knows nothing, and throws.
 *
 * Longer than a file should be: beyond conditions and score it shares no step with the engine.
 */
import { type Condition, fieldsOf, holds } from '../../domain/condition.js'
import { reExecute } from '../../domain/decide.js'
import type { CandidateFacts, DecisionInput, DecisionRecord } from '../../domain/decision.js'
import { assertNever, type PoolId, type RepId } from '../../domain/ids.js'
import type { Need, Policy, Pool, Rule, Target } from '../../domain/policy.js'
import { profileOf } from '../../domain/score.js'
import { whyNot } from '../../domain/why.js'
import { type Kind, type Reason, saysOnly } from './why-sentences.js'

type Checked = { reasons: Partial<Record<Kind, number>>; differences: string[] }

/** Every person of `people`, whether or not the record names them. Empty `differences`: all is as it must be. */
export function checkReasons(policy: Policy, record: DecisionRecord, people: readonly RepId[]): Checked {
  const checked: Checked = { reasons: {}, differences: [] }
  const { same, decision } = reExecute(policy, record)
  if (!same) checked.differences.push(`comes out as ${JSON.stringify(decision)}`)
  const expected = outcomeOf(policy, record.input)
  const owner = record.decision.kind === 'assigned' ? record.decision.owner : null
  if (owner !== expected.owner) checked.differences.push(`${owner} owns it, and ${expected.owner} should`)
  for (const rep of people) {
    const reasons = expected.reasonsFor(rep)
    const sentences = whyNot(record, rep)
    const isSaid =
      reasons.length === sentences.length &&
      reasons.every((reason, at) => saysOnly(sentences[at] ?? '', rep, reason))
    if (!isSaid) checked.differences.push(`${JSON.stringify(sentences)} of ${JSON.stringify(reasons)}`)
    for (const { kind } of reasons) checked.reasons[kind] = (checked.reasons[kind] ?? 0) + 1
  }
  return checked
}

type Outcome = { owner: RepId | null; reasonsFor: (rep: RepId) => Reason[] }
type Looked = Reason & { rep: RepId }
type Way = { rule: string; steps: Step[]; holdMostMs: number | null }
/** `freely`: hours and caps do not count. */
type Step = { target: Target; needs: readonly Need[]; freely: boolean; role?: string }

function outcomeOf(policy: Policy, input: DecisionInput): Outcome {
  const way = wayOf(policy, input)
  if ('kind' in way) return { owner: null, reasonsFor: () => [way] }
  const looked: Looked[] = []
  const tried: string[] = []
  let owner: RepId | null = null
  let ended = false
  for (const [at, step] of way.steps.entries()) {
    tried.push(nameOf(step.target))
    const found = lookAt(policy, input, step)
    looked.push(...found)
    owner = found.find(({ kind }) => kind === 'owner')?.rep ?? null
    const isHeld = at === 0 && owner === null && mayWait(policy, input, way)
    ended = owner !== null || isHeld || found.some(({ kind }) => kind === 'may-accept')
    if (ended) break
  }
  const isOffer = input.receiver !== undefined
  const asked = isOffer
    ? reason('offered elsewhere', { detail: tried.join(', then ') })
    : reason('other way', { detail: `${way.rule} ${tried.join(', then ')}` })
  const notAsked = ended ? asked : reason('others, then a person')
  return {
    owner,
    reasonsFor: rep => {
      const mine = looked.filter(each => each.rep === rep)
      if (rep === owner) return [reason(isOffer ? 'offered' : 'owner')]
      return mine.length > 0 ? mine : [notAsked]
    },
  }
}

function reason(kind: Kind, more: Partial<Reason> = {}): Reason {
  return { kind, pool: null, taker: null, detail: '', ...more }
}

/** Where the lead goes, or why it goes nowhere. */
function wayOf(policy: Policy, input: DecisionInput): Way | Reason {
  const { facts, directed, lastOwner, chosenRule, settled = [], hop } = input
  const { known } = profileOf(policy, facts)
  const byRule = (terms: Terms) => wayBy(policy, input, terms)
  if (directed !== null && input.receiver !== undefined) {
    const step = { target: directed, needs: [], freely: false, role: input.receiver }
    return { rule: 'directed', steps: [step], holdMostMs: null }
  }
  if (directed !== null) {
    const steps = different(policy, [{ target: directed, needs: [], freely: false }, fallbackOf(policy)])
    return { rule: 'directed', steps, holdMostMs: null }
  }
  if (lastOwner === null && typeof chosenRule !== 'string') {
    const source = Object.entries(policy.sources).find(([name]) => name === facts.source)?.[1]
    if (source === undefined && hop === 0 && !settled.includes('undeclared-source'))
      return reason('asked first', { detail: 'undeclared-source' })
    const isCritical = source?.critical.some(field => facts.missing.includes(field)) === true
    if (isCritical && !settled.includes('missing-critical'))
      return reason('asked first', { detail: 'missing-critical' })
  }
  if (known.qualification === 'disqualified') return reason('disqualified')

  const matching = policy.rules.filter(({ when }) => holds(when, known))
  const [exception] = matching.filter(rule => rule.exception)
  const { accounts } = policy
  if (exception !== undefined) return byRule(exception)
  if (facts.account !== null && accounts !== null) {
    return byRule({ id: 'account owner', needs: [], nobodyAvailable: null, ...accounts })
  }
  if (matching.length === 0) return byRule({ id: 'otherwise', ...nothing(policy) })
  const most = Math.max(...matching.map(({ when }) => dimensionsIn(when)))
  const best = matching.filter(({ when }) => dimensionsIn(when) === most)
  const rank = Math.min(...best.map(rule => rule.rank ?? Number.POSITIVE_INFINITY))
  const first = best.filter(rule => (rule.rank ?? Number.POSITIVE_INFINITY) === rank)
  const [winner, second] = first.some(({ id }) => id === chosenRule)
    ? first.filter(({ id }) => id === chosenRule)
    : first
  if (winner === undefined || second !== undefined) return reason('asked first', { detail: 'ambiguous-rule' })
  return byRule(winner)
}

type Terms = Pick<Rule, 'id' | 'assign' | 'backup' | 'needs' | 'nobodyAvailable'>

function nothing({ otherwise }: Policy): Omit<Terms, 'id'> {
  return { assign: otherwise.assign, backup: null, needs: [], nobodyAvailable: null }
}

function fallbackOf({ otherwise }: Policy): Step {
  return { target: otherwise.assign, needs: [], freely: false }
}

function wayBy(policy: Policy, { facts }: DecisionInput, { id, assign, backup, ...rule }: Terms): Way {
  const fallback = fallbackOf(policy)
  // What the lead does not say is asked of nobody.
  const needs = rule.needs.filter(
    need => need.kind === 'skill' || facts[need.kind === 'language' ? 'language' : need.field] !== null,
  )
  const nobody = rule.nobodyAvailable ?? policy.nobodyAvailable
  const own: Step = { target: assign, needs, freely: false }
  const behind: Step[] = backup === null ? [] : [{ target: backup, needs, freely: false }]
  const holdMostMs = nobody.kind === 'hold' ? nobody.mostMs : null
  switch (nobody.kind) {
    case 'nextPool':
    case 'hold':
      return { rule: id, steps: different(policy, [own, ...behind, fallback]), holdMostMs }
    case 'assignNow':
      return {
        rule: id,
        steps: different(policy, [own, { ...own, freely: true }, ...behind, fallback]),
        holdMostMs,
      }
    case 'review':
      return { rule: id, steps: [own], holdMostMs }
    case 'nextRule':
      throw new Error('not worked out here: next rule')
    default:
      return assertNever(nobody)
  }
}

/** One look at a place is enough, unless a later one asks for less. */
function different(policy: Policy, steps: readonly Step[]): Step[] {
  const asksLess = (step: Step, than: Step) =>
    (than.needs.length > 0 && step.needs.length === 0) ||
    (step.freely && !than.freely && hasLimits(policy, step.target))
  return steps.filter((step, at) =>
    steps
      .slice(0, at)
      .every(earlier => nameOf(earlier.target) !== nameOf(step.target) || asksLess(step, earlier)),
  )
}

function hasLimits(policy: Policy, target: Target): boolean {
  const pool = target.kind === 'pool' ? policy.pools[target.pool] : undefined
  if (pool === undefined) return false
  return (
    pool.inHoursOnly ||
    pool.choice.by === 'capacity' ||
    Object.values(pool.caps).some(most => typeof most === 'number')
  )
}

function dimensionsIn(when: Condition): number {
  const fields = fieldsOf(when)
  const place = fields.find(field => ['country', 'region', 'postcode', 'territory'].includes(field))
  // Which of two places is the narrower is a story of its own.
  if (place !== undefined) throw new Error(`not worked out here: ${place}`)
  return fields.length
}

function lookAt(policy: Policy, input: DecisionInput, step: Step): Looked[] {
  const { target } = step
  if (target.kind === 'pool') return lookAtPool(policy, input, step, target.pool)
  const looked: Looked[] = []
  const isNamed =
    input.directed?.kind === 'rep' &&
    nameOf(input.directed) === nameOf(target) &&
    // The policy's own choice for a handoff forgets nothing.
    input.receiver === undefined
  const excluded = isNamed ? [] : input.excluded
  for (const rep of namedBy(target, input)) {
    const kept = keptFrom({ ...input, excluded }, rep, null, null, step)
    looked.push({ rep, ...(kept ?? reason('owner')) })
    if (kept === null) break
  }
  return looked
}

function namedBy(target: Exclude<Target, { kind: 'pool' }>, input: DecisionInput): RepId[] {
  const personOf = (rep: string | null | undefined) => input.people.find(person => person.rep === rep)
  switch (target.kind) {
    case 'rep':
      return [target.rep]
    case 'accountOwner': {
      const owner = personOf(input.facts.account?.owner)
      return owner === undefined ? [] : [owner.rep]
    }
    case 'managerOfOwner': {
      const above: RepId[] = []
      let next = personOf(input.lastOwner)?.manager ?? null
      while (next !== null && next !== input.lastOwner && !above.includes(next)) {
        above.push(next)
        next = personOf(next)?.manager ?? null
      }
      return above
    }
    default:
      return assertNever(target)
  }
}

type Able = { rep: RepId; weight: number; open: number; standing: number }

function lookAtPool(policy: Policy, input: DecisionInput, step: Step, pool: PoolId): Looked[] {
  const terms = policy.pools[pool]
  const members = (input.pools[pool] ?? []).toSorted((one, other) => (one.rep < other.rep ? -1 : 1))
  if (terms === undefined) throw new Error(`no pool ${pool}`)
  if (terms.afterLeave.kind === 'catchUp') throw new Error('not worked out here: catch up')
  const kept = new Map<RepId, Reason | null>(
    members.map(({ rep, weight }) => [rep, keptFrom(input, rep, weight, terms, step)]),
  )
  const able = members
    .filter(({ rep }) => kept.get(rep) === null)
    .map(({ rep, weight, standing }) => {
      const open = input.people.find(person => person.rep === rep)?.load?.open ?? 0
      return { rep, weight, open, standing: Number(standing) / 1e12 }
    })
  const isQueue = terms.choice.by === 'queue'
  // A handoff is offered to one of a queue's members, by turns.
  const inTurn: Pool = isQueue ? { ...terms, choice: { by: 'turns' } } : terms
  const chosen = isQueue && step.role === undefined ? () => reason('may-accept') : choice(inTurn, able)
  return members.map(({ rep }) => ({ rep, ...(kept.get(rep) ?? chosen(rep)), pool }))
}

/** The first reason that holds, in the order of docs/routing.md. Null: nothing keeps them from it. */
function keptFrom(
  input: DecisionInput,
  rep: RepId,
  weight: number | null,
  terms: Pool | null,
  { needs, freely, role }: Step,
): Reason | null {
  const person = input.people.find(each => each.rep === rep)
  if (person?.employed !== true) return reason('left')
  if (person.away) return reason('away')
  const forGood = keptForGood(input, person, weight, needs, role)
  if (forGood !== null || terms === null || freely) return forGood
  if (terms.inHoursOnly && person.inHours !== true) return reason('off-hours')
  const { open = 0, today = 0, thisWeek = 0 } = person.load ?? {}
  const capacity = terms.choice.by === 'capacity' && weight !== null ? weight : Number.POSITIVE_INFINITY
  if (open >= Math.min(terms.caps.open ?? Number.POSITIVE_INFINITY, capacity))
    return reason('cap-open', { detail: String(open) })
  if (today >= (terms.caps.perDay ?? Number.POSITIVE_INFINITY))
    return reason('cap-day', { detail: String(today) })
  if (thisWeek >= (terms.caps.perWeek ?? Number.POSITIVE_INFINITY))
    return reason('cap-week', { detail: String(thisWeek) })
  return null
}

function keptForGood(
  { excluded, facts }: DecisionInput,
  { rep, languages = [], skills = [], role }: CandidateFacts,
  weight: number | null,
  needs: readonly Need[],
  receiver?: string,
): Reason | null {
  const refusal = excluded.find(each => each.rep === rep)
  if (refusal !== undefined) return reason(refusal.reason)
  if (weight === 0) return reason('weight-zero')
  for (const need of needs) {
    if (need.kind === 'language' && facts.language !== null && !languages.includes(facts.language))
      return reason('lacks-language', { detail: facts.language })
    const skill =
      need.kind === 'skill' ? need.skill : need.kind === 'field' ? (facts[need.field] ?? null) : null
    if (skill !== null && !skills.includes(skill)) return reason('lacks-skill')
  }
  if (receiver !== undefined && role !== receiver) return reason('other-role', { detail: receiver })
  return null
}

function mayWait(policy: Policy, input: DecisionInput, { steps, holdMostMs }: Way): boolean {
  const [step] = steps
  if (holdMostMs === null || input.lastOwner !== null || step === undefined) return false
  if (input.atMs >= (input.heldSinceMs ?? input.atMs) + holdMostMs) return false
  const { target } = step
  const members =
    target.kind === 'pool'
      ? (input.pools[target.pool] ?? []).map(({ rep, weight }) => ({ rep, weight }))
      : namedBy(target, input).map(rep => ({ rep, weight: null }))
  return members.some(({ rep, weight }) => {
    const person = input.people.find(each => each.rep === rep)
    return person?.employed === true && keptForGood(input, person, weight, step.needs) === null
  })
}

/** Among the least busy where the pool compares load, by Tijdeman's rule as docs/fairness.md tells it. */
function choice({ choice: { by } }: Pool, all: readonly Able[]): (rep: RepId) => Reason {
  const load = ({ open, weight }: Able) => open / weight
  const least = Math.min(...all.map(load))
  const able = by === 'turns' ? all : all.filter(one => nearly(load(one), least))
  const total = able.reduce((sum, { weight }) => sum + weight, 0)
  const places = 2 * able.length - 2
  const members = able.map(({ rep, weight, standing }) => {
    const share = weight / total
    const owed = standing + share
    return { rep, owed, isReady: owed > 1 / places - 1e-6, leadsLeft: (1 - 1 / places - owed) / share }
  })
  const ready = members.filter(({ isReady }) => isReady)
  const soonest = Math.min(...ready.map(({ leadsLeft }) => leadsLeft))
  const highest = Math.max(...members.map(({ owed }) => owed))
  const taker =
    ready.find(({ leadsLeft }) => nearly(leadsLeft, soonest)) ??
    members.find(({ owed }) => nearly(owed, highest))
  return rep => {
    const own = members.find(member => member.rep === rep)
    if (taker === undefined) throw new Error('nobody can take it')
    if (rep === taker.rep) return reason('owner')
    const lost = (kind: Kind) => reason(kind, { taker: taker.rep })
    if (own === undefined) {
      const { open = 0, weight = 0 } = all.find(each => each.rep === rep) ?? {}
      return reason('busier', { taker: taker.rep, detail: `${open} of ${weight}` })
    }
    if (ready.length === 0) return lost(nearly(own.owed, taker.owed) ? 'owed as much' : 'owed less')
    if (!own.isReady) return lost('not enough')
    return lost(nearly(own.leadsLeft, taker.leadsLeft) ? 'due at once' : 'due later')
  }
}

function nearly(one: number, other: number): boolean {
  return Math.abs(one - other) < 1e-6
}

function nameOf(target: Target): string {
  switch (target.kind) {
    case 'pool':
      return `the pool ${target.pool}`
    case 'rep':
      return target.rep
    case 'accountOwner':
      return 'the account owner'
    case 'managerOfOwner':
      return 'the manager of the last owner'
    default:
      return assertNever(target)
  }
}
