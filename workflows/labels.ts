/** What an engineer reads of a lead in the Temporal UI: search attributes and the current details. Ids only. */
import { patched, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow'
import { earliestDue, owned, waiting } from '../domain/life/moves.js'
import type { LeadState } from '../domain/life/state.js'
import {
  leadOwner,
  leadPool,
  leadRule,
  leadStatus,
  reviewKind,
  slaBreached,
  slaDueAt,
} from './search-attributes.js'

/** One event in the history when something that people search for has changed, none otherwise. */
export function describe(state: LeadState): void {
  setCurrentDetails(detailsOf(state))
  const owner = owned(state)
  const known = workflowInfo().typedSearchAttributes
  const status = state.ownership.status
  const pool = owner === null ? (known.get(leadPool) ?? null) : (owner.pool ?? null)
  // For good: the clock itself is gone once it was met, or the lead has moved on.
  const breached = known.get(slaBreached) === true || isOverdue(state)
  const changed =
    known.get(leadStatus) !== status ||
    (known.get(leadOwner) ?? null) !== (owner?.rep ?? known.get(leadOwner) ?? null) ||
    (known.get(reviewKind) ?? null) !== (state.review?.kind ?? null)
  const changedBeside =
    (known.get(slaBreached) ?? false) !== breached || (known.get(leadPool) ?? null) !== pool
  // Asked last: an answer of yes is an event itself, which a lead whose owner and status say it all is spared. Leads that
  // began before this patch have no event at these two changes.
  if (!changed && !(changedBeside && patched('labels-breach-and-pool'))) return
  const due = earliestDue(state)
  upsertSearchAttributes([
    { key: leadStatus, value: status },
    ...(owner === null
      ? whatItWaitsFor(state)
      : [
          { key: leadOwner, value: owner.rep },
          { key: leadRule, value: owner.rule },
          { key: leadPool, value: pool },
        ]),
    { key: reviewKind, value: state.review?.kind ?? null },
    { key: slaDueAt, value: due === null ? null : new Date(due.atMs) },
    { key: slaBreached, value: breached },
  ])
}

/** Nobody's while it waits for an owner, which a closed lead does not: that one keeps its last. */
function whatItWaitsFor(state: LeadState) {
  const wait = waiting(state)
  if (wait === null) return []
  const { rule, pool } = wait.status === 'queued' ? wait : { rule: null, pool: null }
  return [
    { key: leadOwner, value: null },
    { key: leadRule, value: rule },
    { key: leadPool, value: pool },
  ]
}

/** The breach is a step of the clock that has been taken. */
function isOverdue({ clocks }: LeadState): boolean {
  return clocks.some(({ steps }) => !steps.some(step => step.do.includes('breach')))
}

function detailsOf(state: LeadState): string {
  const owner = owned(state)
  const due = earliestDue(state)
  const lines = [
    `**${state.ownership.status}**`,
    owner === null ? 'no owner' : `owner \`${owner.rep}\` by rule \`${owner.rule}\`, hop ${owner.hop}`,
    due === null ? 'no clock runs' : `next: ${due.what} at ${new Date(due.atMs).toISOString()}`,
  ]
  const wait = waiting(state)
  if (wait?.status === 'held') lines.push(`held until ${new Date(wait.untilMs).toISOString()} at most`)
  if (wait?.status === 'queued')
    lines.push(`queue \`${wait.pool}\` by rule \`${wait.rule}\`: ${wait.members.join(', ')} may accept`)
  if (state.review) lines.push(`review \`${state.review.kind}\` with \`${state.review.decides}\``)
  if (state.request) lines.push(`reassignment asked, \`${state.request.decides}\` decides`)
  if (state.handoff) lines.push(`handoff offered to \`${state.handoff.to}\``)
  if (state.ownership.status === 'closed') lines.push(`outcome: ${state.ownership.outcome}`)
  return lines.map(line => `- ${line}`).join('\n')
}
