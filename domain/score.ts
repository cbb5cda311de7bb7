/**
 * What the policy finds out about a lead before any rule is asked, in this order: score, qualification, segment,
 * territories. Each step may ask about the ones before it, so a segment may ask about the score, never the reverse.
 */
import { type Condition, type ConditionFacts, holds } from './condition.js'
import type { RoutingFacts } from './lead.js'
import type { Policy } from './policy.js'

type Score = {
  total: number
  /** The criteria that held, in the order of the document. */
  reasons: { name: string; add: number }[]
}

export type Profile = {
  score: Score
  qualification: ConditionFacts['qualification']
  /** The first segment whose condition holds; null: none does. */
  segment: string | null
  /** Every territory that the lead lies in, in the order of their ids. */
  territories: string[]
  /** All of it beside what the lead said: what a rule may ask about. */
  known: ConditionFacts
}

export function profileOf(policy: Policy, facts: RoutingFacts): Profile {
  // One object that every step adds to: each step sees what the steps before it found, and no copy is made per step.
  const known: ConditionFacts = { score: 0, qualification: 'raw', segment: null, territories: [], ...facts }
  const score = scoreOf(policy, known)
  known.score = score.total
  const qualification = qualificationOf(policy, known)
  known.qualification = qualification
  const segment = segmentOf(policy, known)
  known.segment = segment
  const territories = territoriesOf(policy, known)
  known.territories = territories
  return { score, qualification, segment, territories, known }
}

function scoreOf(policy: Policy, facts: ConditionFacts): Score {
  const reasons = policy.score
    .filter(criterion => holds(criterion.when, facts))
    .map(({ name, add }) => ({ name, add }))
  return { total: reasons.reduce((total, { add }) => total + add, 0), reasons }
}

/** Disqualified wins over qualified: a prospect who must not be sold to is not saved by a high score. */
function qualificationOf(policy: Policy, facts: ConditionFacts): Profile['qualification'] {
  const { disqualified, qualified } = policy.qualify
  if (isSetAndHolds(disqualified, facts)) return 'disqualified'
  return isSetAndHolds(qualified, facts) ? 'qualified' : 'raw'
}

function segmentOf(policy: Policy, facts: ConditionFacts): string | null {
  return policy.segments.find(segment => holds(segment.when, facts))?.id ?? null
}

/** Sorted, since a stored policy does not keep the order of its keys. */
function territoriesOf(policy: Policy, facts: ConditionFacts): string[] {
  return Object.entries(policy.territories)
    .filter(([, territory]) => holds(territory.when, facts))
    .map(([id]) => id)
    .sort()
}

function isSetAndHolds(condition: Condition | null, facts: ConditionFacts): boolean {
  return condition !== null && holds(condition, facts)
}
