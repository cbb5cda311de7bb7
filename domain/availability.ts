/**
 * What keeps a person from a lead, for good or for now, and until when as far as that is known (R17, R19). The reasons
 * are asked in one order, and the first that holds is the one on the record.
 */
import { nameOf, type Step } from './chain.js'
import type { CandidateFacts, CandidateOutcome, DecisionInput } from './decision.js'
import { type EpochMs, instant, type RepId } from './ids.js'

/** What removed a person, with the number that did where it was one. */
export type Removal = {
  outcome: Exclude<CandidateOutcome['outcome'], 'chosen' | 'waits' | 'busier' | 'may-accept'>
  count?: number
}

/** What one step of a chain asks of everybody. */
export type Asks = Pick<Step, 'wants' | 'terms'> & {
  /** Who may not have this lead again. */
  excluded: DecisionInput['excluded']
}

type Load = NonNullable<CandidateFacts['load']>

/** When it is not known who will be available when, somebody may be after this time. */
const lookAgainMs = 15 * 60_000

const left: Removal = { outcome: 'left' }
const away: Removal = { outcome: 'away' }

/**
 * Null: nothing keeps them from it. `person`: undefined for whoever the decision was told nothing of, who has left.
 * `weight`: in the pool; null for whoever is asked by name.
 */
export function removalOf(
  person: CandidateFacts | undefined,
  weight: number | null,
  asks: Asks,
): Removal | null {
  if (person === undefined || !person.employed) return left
  if (person.away) return away
  return removedForGood(person, weight, asks) ?? removedForNow(person, weight, asks)
}

/** Away, and otherwise nothing would keep them from it. */
export function isOnlyAway(person: CandidateFacts, weight: number, asks: Asks): boolean {
  if (!person.employed || !person.away) return false
  return removedForGood(person, weight, asks) === null && removedForNow(person, weight, asks) === null
}

/**
 * The earliest instant at which somebody who cannot take it now may be able to, as far as is known; a limit of the week
 * is looked at again each day. Null: never this lead.
 */
export function mayTakeItAtMs(
  person: CandidateFacts | undefined,
  weight: number | null,
  asks: Asks,
  atMs: EpochMs,
): EpochMs | null {
  if (person === undefined || !person.employed || removedForGood(person, weight, asks) !== null) return null
  const { caps, inHoursOnly } = asks.terms
  const isFull = isReached(openMost(asks, weight), person, 'open')
  const isAbsent = person.away || (inHoursOnly && !isInHours(person))
  const isFullForToday =
    isReached(caps.perDay, person, 'today') || isReached(caps.perWeek, person, 'thisWeek')
  const known = [
    isAbsent ? (person.availableAtMs ?? null) : atMs,
    isFull ? null : atMs,
    isFullForToday ? loadOf(person).dayEndsAtMs : atMs,
  ].map(knownMs => knownMs ?? instant(atMs + lookAgainMs))
  const latest = known.reduce((one, other) => (one > other ? one : other))
  return latest > atMs ? latest : instant(atMs + lookAgainMs)
}

/** @throws RangeError when the decision was not told */
export function loadOf({ rep, load }: CandidateFacts): Load {
  if (load === undefined) throw new RangeError(`the decision was not told how many leads ${rep} has`)
  return load
}

/** Whatever happens meanwhile, they will not have this lead. */
function removedForGood(
  person: CandidateFacts,
  weight: number | null,
  { excluded, wants }: Asks,
): Removal | null {
  const refusal = excluded.length === 0 ? undefined : excluded.find(({ rep }) => rep === person.rep)
  if (refusal !== undefined) return { outcome: refusal.reason }
  if (weight === 0) return { outcome: 'weight-zero' }
  for (const { kind, name } of wants) {
    if (kind === 'language' && !has(person.rep, person.languages, name)) return { outcome: 'lacks-language' }
    if (kind === 'skill' && !has(person.rep, person.skills, name)) return { outcome: 'lacks-skill' }
    if (kind === 'role' && person.role !== name) return { outcome: 'other-role' }
  }
  return null
}

function removedForNow(person: CandidateFacts, weight: number | null, asks: Asks): Removal | null {
  const { caps, inHoursOnly } = asks.terms
  if (inHoursOnly && !isInHours(person)) return { outcome: 'off-hours' }
  if (isReached(openMost(asks, weight), person, 'open'))
    return { outcome: 'cap-open', count: loadOf(person).open }
  if (isReached(caps.perDay, person, 'today')) return { outcome: 'cap-day', count: loadOf(person).today }
  if (isReached(caps.perWeek, person, 'thisWeek'))
    return { outcome: 'cap-week', count: loadOf(person).thisWeek }
  return null
}

/** In a pool by capacity a member's weight is a limit as well. */
function openMost({ terms: { caps, choice } }: Asks, weight: number | null): number | null {
  if (choice.by !== 'capacity' || weight === null) return caps.open
  return caps.open === null ? weight : Math.min(caps.open, weight)
}

function isReached(
  most: number | null,
  person: CandidateFacts,
  what: 'open' | 'today' | 'thisWeek',
): boolean {
  return most !== null && loadOf(person)[what] >= most
}

/** @throws RangeError when the decision was not told */
function isInHours({ rep, inHours }: CandidateFacts): boolean {
  if (inHours === undefined)
    throw new RangeError(`the decision was not told whether ${rep} is within working hours`)
  return inHours
}

/** @throws RangeError when the decision was not told */
function has(rep: RepId, names: readonly string[] | undefined, wanted: string): boolean {
  if (names === undefined)
    throw new RangeError(`the decision was not told which languages and skills ${rep} has`)
  return names.some(name => nameOf(name) === wanted)
}
