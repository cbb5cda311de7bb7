/**
 * Carries out what the life of a lead asks for. Short steps of our own database are local activities; what an engineer
 * looks for in the Temporal UI (route, save, tell, review) is a regular one with a summary.
 */
import { ActivityFailure, getExternalWorkflowHandle, patched, sleep } from '@temporalio/workflow'
import { assertNever, type EpochMs, instant } from '../domain/ids.js'
import { earliestDue, hopOf, owned, waiting } from '../domain/life/moves.js'
import { running } from '../domain/life/pause.js'
import type { About, Effect, LeadEvent, LeadState, SubmissionAccepted, Told } from '../domain/life/state.js'
import { answerToAcceptance } from '../domain/life/waiting.js'
import type { Answer, Payload } from '../domain/messages.js'
import { spreadOf } from '../domain/reminders.js'
import { workflowIdOf } from './ids.js'
import type { Inbox } from './inbox.js'
import { signalOf } from './messages.js'
import { byAct, local, seen, seenAfar } from './steps.js'

/** How many answers a lead remembers, so that a repeated request gets the first one. */
const answersMost = 200

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
  let acknowledgement: Promise<unknown> | null = null
  const afterwards = (work: () => Promise<unknown>) => {
    outbox = outbox.then(work)
  }

  /** Reminders that are sent a little later than due, beside the others. */
  let spread: Promise<unknown> = Promise.resolve()

  async function effect(effect: Effect, state: LeadState, atMs: EpochMs): Promise<LeadState> {
    const { lead, hop } = state
    const owner = owned(state)
    switch (effect.do) {
      case 'prepare': {
        const prepared = await local.prepare({ lead, atMs: now(), step: state.step })
        await happens({ kind: 'prepared', atMs: now(), prepared })
        return nextStep(current())
      }
      case 'acknowledgeProspect': {
        const sent = seenAfar.acknowledgeProspect.executeWithOptions(
          { summary: 'acknowledge the prospect' },
          [{ lead, atMs: now() }],
        )
        // A hotter campaign may send its letter while the first one is still on its way.
        acknowledgement = acknowledgement === null ? sent : Promise.all([acknowledgement, sent])
        return state
      }
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
        await byAct(inbox, summary).record({
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
        // Leads that began before this was said have no such step in their histories.
        if (effect.about === 'superseded' && !patched('superseded-are-told')) return state
        const summary = `tell ${sayTold(effect.to)}: ${effect.about}${owner === null ? '' : ` (rule ${owner.rule})`}`
        const ownerHop = hopOf(state)
        const tell = () =>
          seenAfar.tell.executeWithOptions({ summary }, [
            { lead, hop: ownerHop, step: state.step, atMs: now(), about: effect.about, to: [...effect.to] },
          ])
        const laterMs = isReminder(effect.about) ? spreadOf(lead, owner?.terms?.spreadMs ?? 0) : 0
        if (laterMs === 0) afterwards(tell)
        else spread = Promise.all([spread, sleep(laterMs, { summary: `spread: ${summary}` }).then(tell)])
        return nextStep(state)
      }
      case 'openReview': {
        const review = await seen.openReview.executeWithOptions(
          { summary: `open review: ${effect.review}` },
          [
            {
              lead,
              hop,
              step: state.step,
              atMs: now(),
              review: effect.review,
              owned: owner !== null,
              ...(effect.claim === undefined ? {} : { claim: effect.claim }),
            },
          ],
        )
        await happens({ kind: 'reviewOpened', atMs: now(), review })
        return nextStep(current())
      }
      case 'openRequest': {
        const { requestId, reason, wanted } = effect.message.payload
        const opened = await byAct(inbox, 'open reassignment').openReassignment({
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
        const input = {
          lead,
          hop,
          atMs,
          handoff: requestId,
          from: effect.owner,
          to: to ?? null,
          routing: { hop, excluded: [...state.excluded] },
        }
        // Choosing somebody is a routing attempt: like each of them it is in the history before it is in the tables.
        const opened =
          to === undefined
            ? await seen.openHandoff.executeWithOptions(
                { summary: `open handoff: by the policy, hop ${hop}` },
                [input],
              )
            : await byAct(inbox, 'open handoff').openHandoff(input)
        await happens({ kind: 'handoffOpened', atMs, message: effect.message, opened })
        return current()
      }
      case 'openPause': {
        const { requestId, reason, untilMs } = effect.message.payload
        const opened = await byAct(inbox, `pause: ${reason}`).openPause({
          lead,
          hop: hopOf(state),
          atMs,
          request: requestId,
          actor: effect.message.payload.actor.id,
          reason,
          untilMs: untilMs ?? null,
          running: running(state).map(({ clock }) => clock),
        })
        await happens({ kind: 'pauseOpened', atMs, message: effect.message, opened })
        return current()
      }
      case 'startClock': {
        const { clocks } = await byAct(inbox, `start clock: ${effect.clock}`).startClock({
          lead,
          hop: hopOf(state),
          step: state.step,
          atMs,
          clock: effect.clock,
        })
        await happens({ kind: 'clocksSet', atMs, clocks })
        return nextStep(current())
      }
      case 'resumeClocks': {
        const { pause, by, actor, requestId } = effect
        const { clocks } = await byAct(inbox, `resume: ${pause.reason}`).resumeClocks({
          lead,
          hop: hopOf(state),
          step: state.step,
          atMs,
          pause,
          by,
          actor,
          requestId,
          clocks: running(state).filter(({ clock }) => pause.clocks.includes(clock)),
        })
        await happens({ kind: 'clocksSet', atMs, clocks })
        return nextStep(current())
      }
      case 'adoptPolicy': {
        const { requestId, actor, version, reRoute } = effect.message.payload
        const adopted = await byAct(inbox, `adopt policy ${version}`).adoptPolicy({
          lead,
          hop: hopOf(state),
          atMs,
          request: requestId,
          actor: actor.id,
          version,
          reRoute,
          clocks: [...running(state)],
        })
        await happens({ kind: 'policyAdopted', atMs, message: effect.message, adopted })
        return current()
      }
      case 'sendMeetingLink': {
        const ownerHop = hopOf(state)
        afterwards(() =>
          seenAfar.sendMeetingLink.executeWithOptions({ summary: 'send the meeting link' }, [
            { lead, hop: ownerHop, atMs: now() },
          ]),
        )
        return state
      }
      case 'splitSubmission': {
        const { requestId, actor, lead: other } = effect.message.payload
        const { split } = await byAct(inbox, 'split a submission').splitSubmission({
          lead,
          hop: hopOf(state),
          atMs,
          request: requestId,
          actor: actor.id,
          other,
        })
        await happens({ kind: 'submissionSplit', atMs, message: effect.message, split })
        return current()
      }
      case 'erase':
        // What is still being saved and told would write again what is forgotten.
        await outbox
        await byAct(inbox, 'erase').eraseLead({ lead, hop: hopOf(state), atMs })
        return state
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
      case 'acceptSubmission': {
        const given = await local.acceptSubmission({ lead, hop: hopOf(state), atMs, from: effect.lead })
        await happens({ kind: 'submissionAccepted', atMs, accepted: saidOrNothing(given) })
        return current()
      }
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
      await spread
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
  return to.map(told => ('rep' in told ? told.rep : groups[told.audience])).join(', ')
}

const groups = { team: 'the team', watcher: 'watchers' } as const

/** In histories of before a submission could raise the lead, the activity answered nothing. */
function saidOrNothing(given: SubmissionAccepted | null | undefined): SubmissionAccepted {
  return given ?? { acknowledge: false, meetingLink: false }
}

function isReminder(about: About): boolean {
  return about === 'reminder' || about === 'escalation'
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
