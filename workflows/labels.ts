/** What an engineer reads of a lead in the Temporal UI: search attributes and the current details. Ids only. */
import { patched, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow'
import { earliestDue, isOpen, owned, waiting } from '../domain/life/moves.js'
import type { LeadLabels, LeadState } from '../domain/life/state.js'
import {
  leadCampaign,
  leadOwner,
  leadPool,
  leadRule,
  leadSegment,
  leadStatus,
  leadTeam,
  leadTerritory,
  policyVersion,
  reviewKind,
  slaBreached,
  slaDueAt,
  slaState,
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
  const clocksBefore = known.get(slaState) ?? null
  const clocks = standingOfClocks(state, clocksBefore, known.get(leadOwner) ?? null)
  const version = owner?.labels?.policyVersion ?? known.get(policyVersion) ?? null
  const changedLater =
    (clocks !== clocksBefore && [clocks, clocksBefore].some(is => is === 'paused' || is === 'breached')) ||
    (known.get(policyVersion) ?? null) !== version
  // Asked last: an answer of yes is an event itself, which a lead whose owner and status say it all is spared. Leads that
  // began before these patches have no event at such changes.
  if (
    !changed &&
    !(changedBeside && patched('labels-breach-and-pool')) &&
    !(changedLater && patched('labels-pause-and-policy'))
  )
    return
  const due = earliestDue(state)
  const labels = [
    { key: leadStatus, value: status },
    ...(owner === null
      ? whatItWaitsFor(state)
      : [
          { key: leadOwner, value: owner.rep },
          { key: leadRule, value: owner.rule },
          { key: leadPool, value: pool },
          ...labelsOf(owner.labels),
        ]),
    { key: reviewKind, value: state.review?.kind ?? null },
    { key: slaState, value: clocks },
    { key: slaDueAt, value: due === null ? null : new Date(due.atMs) },
    { key: slaBreached, value: breached },
  ]
  // What was written before stands: each label that is said again would weigh as much as the first time.
  const before = new Map(known.getAll().map(({ key, value }) => [key.name, textOf(value)]))
  upsertSearchAttributes(
    labels.filter(({ key, value }) => (before.get(key.name) ?? 'null') !== textOf(value)),
  )
}

/** Lists and instants are the same when they say the same. */
function textOf(value: unknown): string {
  return JSON.stringify(value ?? null)
}

/** Nobody's while it waits for an owner, which a closed lead does not: that one keeps its last. */
function whatItWaitsFor(state: LeadState) {
  const wait = waiting(state)
  if (wait === null) return []
  const { rule, pool } = wait.status === 'queued' ? wait : { rule: null, pool: null }
  return [
    { key: leadOwner, value: null },
    { key: leadTeam, value: null },
    { key: leadRule, value: rule },
    { key: leadPool, value: pool },
  ]
}

function labelsOf(labels: LeadLabels | undefined) {
  if (labels === undefined) return []
  const { team, campaign, segment, territories } = labels
  return [
    { key: leadTeam, value: team },
    { key: leadCampaign, value: campaign },
    { key: leadSegment, value: segment },
    { key: leadTerritory, value: territories.length === 0 ? null : [...territories] },
    { key: policyVersion, value: labels.policyVersion },
  ]
}

/**
 * Where the clocks stand; once none is left, how the owner's last one ended. `before` and `ownerBefore` are what was
 * written last. A lead that is closed while a clock runs has neither met nor missed it.
 */
function standingOfClocks(state: LeadState, before: string | null, ownerBefore: string | null): string {
  if (state.pause) return 'paused'
  if (state.clocks.length > 0) return isOverdue(state) ? 'breached' : 'running'
  if (!isOpen(state)) return before === 'met' || before === 'breached' ? before : 'none'
  if (before === null || before === 'none' || owned(state)?.rep !== ownerBefore) return 'none'
  return before === 'breached' ? before : 'met'
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
