/** What a page says after something was sent. The address carries a code only, so nobody can put words on our page. */
import type { Answer } from '../../domain/messages.js'

type Refused = Extract<Answer, { ok: false }>['code']

const flashes = {
  acknowledged: 'Acknowledged.',
  touched: 'Recorded.',
  requested: 'Asked for another owner.',
  claimed: 'Claimed: somebody decides whose lead it is.',
  offered: 'Handoff offered.',
  answered: 'Answer recorded.',
  accepted: 'Accepted: the lead is yours.',
  closed: 'Closed.',
  decided: 'Decided.',
  reopened: 'Opened again.',
  split: 'Split off: it begins a life of its own.',
  read: 'Marked as read.',
  watched: 'You hear of this lead from now on.',
  unwatched: 'You hear of this lead no more.',
  pending: 'Taken down. The lead applies it, as of now, as soon as it answers again.',
  unavailable: 'The lead cannot be reached right now, and nothing was changed. Please try again.',
  invalid: 'Something in the form is missing or not possible. Nothing was changed.',
  'no-change': 'No value was changed, so there is nothing to correct.',
  'refused-wrong-state': 'Not possible: the lead is not in a state for this.',
  'refused-closed': 'Not possible: the lead is closed.',
  'refused-not-owner': 'Not possible: the lead belongs to somebody else.',
  'refused-not-decider': 'Not possible: somebody else decides this.',
  'refused-not-allowed': 'Not possible: your role may not do this.',
  'refused-not-member': 'Not possible: you are not in the queue that this lead waits in.',
  'refused-taken': 'Somebody else was faster: the lead has its owner.',
  'refused-no-such-item': 'Not possible any more: this was decided or has ended.',
  'refused-not-a-choice': 'Not possible: this is not one of the choices.',
  'refused-incomplete': 'Not possible: something that the policy asks for is missing.',
  'refused-unknown-reason': 'Not possible: the policy does not have this reason.',
  'refused-unknown-person': 'Not possible: this person, or anybody who was asked, cannot take it.',
  'refused-unknown-version': 'Not possible: the policy has no such version.',
  'refused-too-late': 'Not possible any more: the time in which the policy allows it is over.',
  'refused-cooling-down': 'Not possible yet: the same was asked not long ago, and not granted.',
} as const satisfies Record<string, string> & Record<`refused-${Refused}`, string>

export type FlashCode = keyof typeof flashes

/** The sentence of a code in an address; null for anything that is not one of ours. */
export function flashOf(code: string | undefined): string | null {
  return Object.entries(flashes).find(([known]) => known === code)?.[1] ?? null
}
