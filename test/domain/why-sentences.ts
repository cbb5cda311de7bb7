/** The reasons for which somebody does not own a lead, and the one sentence that says each. */
import type { PoolId, RepId } from '../../domain/ids.js'

export const reasonKinds = [
  'owner',
  'offered',
  'asked first',
  'disqualified',
  'other way',
  'offered elsewhere',
  'others, then a person',
  'left',
  'away',
  'lapsed',
  'declined',
  'reassigned',
  'weight-zero',
  'lacks-language',
  'lacks-skill',
  'other-role',
  'off-hours',
  'cap-open',
  'cap-day',
  'cap-week',
  'busier',
  'may-accept',
  'not enough',
  'due later',
  'due at once',
  'owed less',
  'owed as much',
] as const
export type Kind = (typeof reasonKinds)[number]

export type Reason = {
  kind: Kind
  pool: PoolId | null
  /** Who took the turn instead. */
  taker: RepId | null
  /** What must stand in the sentence beside: a number, a question, a rule with its targets. */
  detail: string
}

/** It says this, and nothing that would be said for another reason. */
export function saysOnly(sentence: string, rep: RepId, said: Reason): boolean {
  return reasonKinds.every(kind => patternOf(rep, { ...said, kind }).test(sentence) === (kind === said.kind))
}

function patternOf(rep: RepId, { kind, pool, taker, detail }: Reason): RegExp {
  const where = pool === null ? '' : ` in the pool ${pool}`
  const could = `${rep} could have taken it${where}, owed −?\\d+\\.\\d\\d turns`
  const [open = '', weight = ''] = detail.split(' of ')
  const patterns: Record<Kind, string> = {
    owner: `${rep} does own this lead\\.`,
    offered: `${rep} is offered this lead\\.`,
    'asked first': `${rep} was not asked: a person decides about this lead first \\(${detail}\\)\\.`,
    disqualified: `${rep} was not asked: the policy disqualifies this lead\\.`,
    'other way': `${rep} was not asked: ${sayWay(detail)}\\.`,
    'offered elsewhere': `${rep} was not asked: the policy offers handoffs to ${detail}\\.`,
    'others, then a person': `${rep} was not asked: the policy asks others about this lead, and when none of them can take it, a person\\.`,
    left: `${rep}${where} is no longer in the roster\\.`,
    away: `${rep}${where} was away\\.`,
    lapsed: `${rep}${where} had this lead before and let its time run out\\.`,
    declined: `${rep}${where} had this lead before and declined it\\.`,
    reassigned: `${rep}${where} had this lead before and it was reassigned\\.`,
    'weight-zero': `${rep}${where} has weight 0 and takes no turns\\.`,
    'lacks-language': `${rep}${where} does not speak the lead's language \\(${detail}\\)\\.`,
    'lacks-skill': `${rep}${where} lacks a skill that this lead needs\\.`,
    'other-role': `${rep}${where} has another role than the handoff asks for \\(${detail}\\)\\.`,
    'off-hours': `${rep}${where} was outside working hours\\.`,
    'cap-open': `${rep}${where} had ${detail} open leads?, and may have no more\\.`,
    'cap-day': `${rep}${where} had received ${detail} leads? that day, and may have no more\\.`,
    'cap-week': `${rep}${where} had received ${detail} leads? that week, and may have no more\\.`,
    busier: `${rep}${where} had ${open} open leads? for a weight of ${weight}, and ${taker} fewer: \\d+ open leads? for a weight of \\d+\\.`,
    'may-accept': `${rep}${where} may accept it, and then owns it\\.`,
    'not enough': `${could}: not yet enough for a turn, so it went to ${taker}\\.`,
    'due later': `${could}, but ${taker}'s next turn was due sooner\\.`,
    'due at once': `${could}, but ${taker}'s next turn was due at the same time, and equals go by id\\.`,
    'owed less': `${could}: not enough for a turn, nor had anybody else enough, and ${taker} was owed most\\.`,
    'owed as much': `${could}: not enough for a turn, nor had anybody else enough; ${taker} was owed as much, and equals go by id\\.`,
  }
  return new RegExp(`^${patterns[kind]}$`)
}

function sayWay(detail: string): string {
  const at = detail.startsWith('account owner ') ? 'account owner'.length : detail.indexOf(' ')
  const [rule, targets] = [detail.slice(0, at), detail.slice(at + 1)]
  if (rule === 'directed') return `the lead was directed to ${targets}`
  const names: Record<string, string> = { 'account owner': 'account routing', otherwise: 'the fallback' }
  return `${names[rule] ?? `rule ${rule}`} gives this lead to ${targets}`
}
