/** Whether a lead's workflow history and its timeline tell the same story (invariant 8). */
import type { TimelineEvent } from '../db/events.js'
import type { MessageName } from '../domain/messages.js'
import type { EventKind } from '../domain/timeline.js'
import type { Run } from './workflow-history.js'

/** What the tables say that the story has come to. */
export type Ending = { outcome: string | null; owner: string | null; mergedInto: string | null }

/**
 * Everything in which they differ, a sentence each.
 * @param runs from the first to the latest, through each continue-as-new and each life
 * @param isRouting a routing is on its way: the owner that it gives is in the tables before its answer is in the history
 */
export function disagreements(
  runs: readonly Run[],
  timeline: readonly TimelineEvent[],
  ending: Ending,
  isRouting: boolean,
): string[] {
  return [
    ...ownersThatDiffer(runs, timeline, isRouting),
    ...actsThatNobodySent(runs, timeline),
    ...acknowledgementsThatGotLost(runs, timeline),
    ...endingsThatDiffer(runs, ending),
  ]
}

function ownersThatDiffer(
  runs: readonly Run[],
  timeline: readonly TimelineEvent[],
  isRouting: boolean,
): string[] {
  const routed = runs.flatMap(run => run.owners).map(({ hop, owner }) => `${owner} (hop ${hop})`)
  const assigned = timeline.flatMap(event =>
    event.kind === 'assigned' ? [`${event.data.owner} (hop ${event.hop})`] : [],
  )
  const unanswered = isRouting && assigned.length === routed.length + 1 ? 1 : 0
  if (routed.join() === assigned.slice(0, assigned.length - unanswered).join()) return []
  return [`the history's owners are ${listed(routed)}, the timeline's are ${listed(assigned)}`]
}

/** Which message each act of a person comes from. */
const actsOfPeople: Partial<Record<EventKind, readonly MessageName[]>> = {
  acknowledged: ['acknowledge'],
  touched: ['recordTouch'],
  reviewDecided: ['decideReview'],
  reassignmentRequested: ['requestReassignment'],
  reassignmentDecided: ['decideReassignment'],
  handoffOffered: ['handOff'],
  handoffAnswered: ['answerHandoff'],
  accepted: ['acceptLead'],
  submissionJoined: ['addSubmission'],
  submissionSplit: ['splitSubmission'],
  closed: ['close', 'decideReview', 'erase'],
}

/** Nobody acts for these: a clock, the policy, or the lead that another one joined. */
const nobody = ['system', 'policy']

function actsThatNobodySent(runs: readonly Run[], timeline: readonly TimelineEvent[]): string[] {
  const sent = runs.flatMap(run => run.messages)
  const acts = timeline.filter(event => event.kind in actsOfPeople && !isOfNobody(event))
  const kinds = [...new Set(acts.map(({ kind }) => kind))]
  return kinds.flatMap(kind => {
    const names = actsOfPeople[kind] ?? []
    const told = acts.filter(event => event.kind === kind).length
    const said = sent.filter(({ name }) => names.includes(name)).length
    return said >= told
      ? []
      : [`the timeline has ${told} of ${kind}, but only ${said} messages could have said so`]
  })
}

function isOfNobody(event: TimelineEvent): boolean {
  if (event.kind === 'submissionJoined') return false
  return nobody.includes(event.actor) || ('timedOut' in event.data && event.data.timedOut)
}

/** Whoever was told "acknowledged" stands on the timeline: as that owner's acknowledgement, or as their first touch. */
function acknowledgementsThatGotLost(runs: readonly Run[], timeline: readonly TimelineEvent[]): string[] {
  const owners = runs
    .flatMap(run => run.answers)
    .flatMap(({ name, answer }) =>
      name === 'acknowledge' && answer.ok && answer.owner !== null ? [answer.owner] : [],
    )
  return [...new Set(owners)]
    .filter(owner => !timeline.some(event => isSignOfLifeOf(event, owner)))
    .map(owner => `the history answered an acknowledgement of ${owner}, the timeline has none`)
}

function isSignOfLifeOf(event: TimelineEvent, owner: string): boolean {
  return (event.kind === 'acknowledged' && event.data.owner === owner) || event.kind === 'touched'
}

function endingsThatDiffer(runs: readonly Run[], ending: Ending): string[] {
  const result = runs.at(-1)?.result ?? null
  if (result === null) return []
  // A run that was started again after the end returns the outcome alone.
  const mergedInto = result.mergedInto ?? ending.mergedInto
  const owner = result.owner ?? ending.owner
  if (result.outcome === ending.outcome && mergedInto === ending.mergedInto && owner === ending.owner)
    return []
  return [`the workflow returned ${sayEnding(result)}, the lead is ${sayEnding(ending)}`]
}

function sayEnding({ outcome, mergedInto, owner }: Ending): string {
  const into = mergedInto === null ? '' : ` into ${mergedInto}`
  return `${outcome ?? 'open'}${into} with ${owner ?? 'no owner'}`
}

function listed(names: readonly string[]): string {
  return names.join(', ') || 'nobody'
}
