/** What lint finds in a policy, and what shows that it is so. */
import type { EpochMs } from '../ids.js'
import type { RoutingFacts } from '../lead.js'
import type { Path } from '../yaml.js'

/** `error`: leads get lost, stuck or misled. `warning`: surely not meant. `note`: worth knowing. */
export const severities = ['error', 'warning', 'note'] as const
export type Severity = (typeof severities)[number]

/** docs/lint.md says of each what it means. */
type Check =
  | 'coverage'
  | 'shadowed-rule'
  | 'unreachable-rule'
  | 'ambiguous-rules'
  | 'overlapping-territories'
  | 'duplicate-rule'
  | 'empty-pool'
  | 'needs-nobody-has'
  | 'backup-cycle'
  | 'escalation-path'
  | 'unknown-person'
  | 'unfilled-field'
  | 'impossible-sla'
  | 'unused'
  | 'reviews'
  | 'templates'
  | 'letters'
  | 'handoff'
  | 'quiet-hours'
  | 'qualification'
  /** A question that was too large to be decided; the message says how far it was looked into. */
  | 'bounded'

export type CounterExample =
  /** Has gone through the engine, which does with it what the finding says. */
  | { lead: RoutingFacts }
  /** An instant, and the zone in which people there would say it. */
  | { atMs: EpochMs; zone: string }
  /** Each leads to the next; the last is the first again. */
  | { cycle: readonly string[] }

export type Finding = {
  severity: Severity
  check: Check
  /** Into the policy's document. */
  path: Path
  /** Whether the key is meant or what it says (the default), as in domain/yaml.ts. */
  at?: 'key' | 'value'
  message: string
  /** Null: what is wrong stands in the document, and no lead or instant would show it better. */
  counterExample: CounterExample | null
  suggestion: string
}
