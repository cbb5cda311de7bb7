/** What happens when an instant comes due: a ladder's step, or a person's time to decide that is over. */
import { assertNever } from '../ids.js'
import { clockDue } from './clock.js'
import { handoffDue } from './handoff.js'
import { joinDue } from './joining.js'
import { pauseDue } from './pause.js'
import { requestDue } from './reassignment.js'
import { reviewDue } from './review.js'
import type { Due, LeadState, Reaction } from './state.js'
import { holdDue, queueDue } from './waiting.js'

export function comesDue(state: LeadState, due: Due): Reaction {
  switch (due.what) {
    case 'clock':
      return clockDue(state, due)
    case 'review':
      return reviewDue(state)
    case 'request':
      return requestDue(state)
    case 'handoff':
      return handoffDue(state)
    case 'join':
      return joinDue(state)
    case 'hold':
      return holdDue(state, due.atMs)
    case 'queue':
      return queueDue(state)
    case 'pause':
      return pauseDue(state)
    default:
      return assertNever(due)
  }
}
