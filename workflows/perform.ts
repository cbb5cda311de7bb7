/**
 * Carries out what the life of a lead asks for. Short steps of our own database are local activities; what an engineer
 * looks for in the Temporal UI (route, save, tell, review) is a regular one with a summary.
 */
import {
  ActivityFailure,
  getExternalWorkflowHandle,
  patched,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import { assertNever, type EpochMs, instant } from '../domain/ids.js'
import { earliestDue, hopOf, owned, waiting } from '../domain/life/moves.js'
import type { Effect, LeadEvent, LeadState, Told } from '../domain/life/state.js'
import { answerToAcceptance } from '../domain/life/waiting.js'
import type { Answer, Payload } from '../domain/messages.js'
import { workflowIdOf } from './ids.js'
import type { Inbox } from './inbox.js'
import { signalOf } from './messages.js'

/** How many answers a lead remembers, so that a repeated request gets the first one. */
const answersMost = 200

const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})
/** Our own database too, so that one that was killed is soon tried again. */
const seen = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})
/** A CRM and a mail server may take their time. */
const seenAfar = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '500ms', maximumInterval: '1m' },
})

export type Performer = {
  effect(effect: Effect, state: LeadState, atMs: EpochMs): Promise<LeadState>
  /** Waits for what is still being saved and told. */
  finish(): Promise<void>
  /** Marks the lead's run as over, as the last thing that it does. */
  close(state: LeadState): Promise<void>
}

export function createPerformer(
  inbox: Inbox,
  happens: (event: LeadEvent) => Promise<void>,
  current: () => LeadState,
): Performer {
  // Saving and telling go on beside the clocks: a CRM that is down delays them and stops nothing else. One after the
  // other, so that nobody is told before the record that it speaks of is saved and read back.
  let outbox: Promise<unknown> = Promise.resolve()
  let acknowledgement: Promise<unknown> = Promise.resolve()
  const afterwards = (work: () => Promise<unknown>) => {
    outbox = outbox.then(work)
  }

  /**
   * What a person said must be in the history before it is in the tables. An Update that a local activity answers in
   * its own task is not: killed between the two, the lead would not know what its timeline says.
   */
  const ofAnAct = (summary: string): Pick<Activities, 'record' | 'openReassignment' | 'openHandoff'> =>
    inbox.isAwaited() && patched('acts-are-kept-first')
      ? {
          record: input => seen.record.executeWithOptions({ summary }, [input]),
          openReassignment: input => seen.openReassignment.executeWithOptions({ summary }, [input]),
          openHandoff: input => seen.openHandoff.executeWithOptions({ summary }, [input]),
        }
      : local

  async function effect(effect: Effect, state: LeadState, atMs: EpochMs): Promise<LeadState> {
    const { lead, hop } = state
    const owner = owned(state)
    switch (effect.do) {
      case 'prepare': {
        const prepared = await local.prepare({ lead, atMs: now(), step: state.step })
        await happens({ kind: 'prepared', atMs: now(), prepared })
        return nextStep(current())
      }
      case 'acknowledgeProspect':
        acknowledgement = seenAfar.acknowledgeProspect.executeWithOptions(
          { summary: 'acknowledge the prospect' },
          [{ lead, atMs: now() }],
        )
        return state
      case 'enrich':
        // Late or failing is a value: the lead is routed by what is known.
        await local.enrich({ lead, atMs: now() }).catch(degraded)
        return state
      case 'route': {
        const routed = await seen.route.executeWithOptions(
          { summary: `route: ${effect.cause}, hop ${hop}` },
          [
            {
              lead,
              hop,
              atMs: now(),
              cause: effect.cause,
              directed: effect.directed,
              lastOwner: effect.lastOwner,
              excluded: [...state.excluded],
              endOfChain: state.chain?.ended ?? false,
              heldSinceMs: state.ownership.status === 'held' ? state.ownership.sinceMs : null,
            },
          ],
        )
        await happens({ kind: 'routed', atMs: now(), cause: effect.cause, routed })
        return current()
      }
      case 'record': {
        const summary = `record: ${effect.entries.map(({ kind }) => kind).join(', ')}`
        await ofAnAct(summary).record({
          lead,
          hop: hopOf(state),
          step: state.step,
          atMs,
          actor: effect.actor,
          entries: [...effect.entries],
          requestId: effect.requestId,
          due: earliestDue(state),
        })
        return nextStep(state)
      }
      case 'saveToCrm': {
        const nobody = waiting(state) === null ? 'as before' : 'nobody yet'
        const summary = `save: owner ${owner?.rep ?? nobody}, ${state.ownership.status}`
        afterwards(() =>
          seenAfar.saveToCrm.executeWithOptions({ summary }, [{ lead, step: state.step, atMs: now() }]),
        )
        return nextStep(state)
      }
      case 'tell': {
        const summary = `tell ${sayTold(effect.to)}: ${effect.about}${owner === null ? '' : ` (rule ${owner.rule})`}`
        const ownerHop = hopOf(state)
        afterwards(() =>
          seenAfar.tell.executeWithOptions({ summary }, [
            { lead, hop: ownerHop, step: state.step, atMs: now(), about: effect.about, to: [...effect.to] },
          ]),
        )
        return nextStep(state)
      }
      case 'openReview': {
        const review = await seen.openReview.executeWithOptions(
          { summary: `open review: ${effect.review}` },
          [{ lead, hop, step: state.step, atMs: now(), review: effect.review, owned: owner !== null }],
        )
        await happens({ kind: 'reviewOpened', atMs: now(), review })
        return nextStep(current())
      }
      case 'openRequest': {
        const { requestId, reason, wanted } = effect.message.payload
        const opened = await ofAnAct('open reassignment').openReassignment({
          lead,
          hop,
          atMs,
          request: requestId,
          by: effect.owner,
          reason,
          wanted: wanted ?? null,
        })
        await happens({ kind: 'requestOpened', atMs, message: effect.message, opened })
        return current()
      }
      case 'openHandoff': {
        const { requestId, to } = effect.message.payload
        const opened = await ofAnAct('open handoff').openHandoff({
          lead,
          hop,
          atMs,
          handoff: requestId,
          from: effect.owner,
          to,
        })
        await happens({ kind: 'handoffOpened', atMs, message: effect.message, opened })
        return current()
      }
      case 'askToJoin': {
        const tries = state.ownership.status === 'joining' ? state.ownership.tries : 1
        const requestId = `join-${lead}-${state.step}-${tries}`
        const asked = await said(effect.survivor, 'addSubmission', {
          requestId,
          actor: { id: lead, role: 'system' },
          atMs: now(),
          lead,
        })
        // Nobody to ask: its life is over. The lead hears what a closed one would have answered.
        if (!asked) {
          inbox.put({
            name: 'answerJoin',
            payload: {
              requestId: `${requestId}-gone`,
              actor: { id: 'system', role: 'system' },
              atMs: now(),
              survivor: effect.survivor,
              accepted: false,
            },
          })
        }
        return nextStep(state)
      }
      case 'acceptSubmission':
        await local.acceptSubmission({ lead, hop: hopOf(state), atMs, from: effect.lead })
        return state
      case 'answerJoin':
        await said(effect.lead, 'answerJoin', {
          requestId: `joined-${lead}-${state.step}`,
          actor: { id: lead, role: 'system' },
          atMs: now(),
          survivor: lead,
          accepted: effect.accepted,
        })
        return nextStep(state)
      case 'answer': {
        const answer: Answer = effect.answer ?? {
          ok: true,
          status: state.ownership.status,
          owner: owner?.rep ?? null,
        }
        inbox.answer(effect.requestId, answer)
        return remember(state, effect.requestId, answer)
      }
      case 'answerAcceptance': {
        const answer = answerToAcceptance(state, effect.member)
        inbox.answer(effect.requestId, answer)
        return remember(state, effect.requestId, answer)
      }
      default:
        return assertNever(effect)
    }
  }

  return {
    effect,
    async finish() {
      await acknowledgement
      await outbox
    },
    async close(state) {
      await local.closeLead({ lead: state.lead, atMs: now() })
    },
  }
}

/** Whether the other lead's workflow took the signal; it does not when its life is over. */
async function said<Name extends 'addSubmission' | 'answerJoin'>(
  to: LeadState['lead'],
  name: Name,
  payload: Payload<Name>,
): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowIdOf(to)).signal(signalOf(name), payload)
    return true
  } catch {
    return false
  }
}

/** A queue may have more members than a summary has room for. */
function sayTold(to: readonly Told[]): string {
  if (to.some(({ audience }) => audience === 'member')) return 'the queue'
  return to.map(told => (told.audience === 'team' ? 'the team' : told.rep)).join(', ')
}

function degraded(error: unknown): void {
  if (!(error instanceof ActivityFailure)) throw error
}

function nextStep(state: LeadState): LeadState {
  return { ...state, step: state.step + 1 }
}

function remember(state: LeadState, requestId: string, answer: Answer): LeadState {
  if (state.answered.some(known => known.requestId === requestId)) return state
  return { ...state, answered: [...state.answered, { requestId, answer }].slice(-answersMost) }
}

function now(): EpochMs {
  return instant(Date.now())
}
