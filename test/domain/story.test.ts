import { describe, expect, it } from 'vitest'
import { instant, leadId, poolId, repId } from '../../domain/ids.js'
import { sentenceOf, type Telling } from '../../domain/story.js'
import { eventKinds, type TimelineEntry, timelineEntry } from '../../domain/timeline.js'

const ana = repId.parse('ana')
const ben = repId.parse('ben')
const mara = repId.parse('mara')
const other = leadId.parse('5a6f3a52-6d5c-4a55-9d3e-8f1f6f2f7a11')
const noon = instant(Date.UTC(2026, 10, 23, 12, 0))
const names = new Map([
  ['ana', 'Ana Ruiz'],
  ['ben', 'Ben Okafor'],
  ['mara', 'Mara Voss'],
])
const telling: Telling = {
  person: id => names.get(id) ?? id,
  time: atMs => (atMs === noon ? 'noon' : 'some time'),
}
const assigned = {
  owner: ana,
  from: null,
  rule: 'otherwise',
  pool: 'uk-sdr',
  turn: '7',
  sla: 'hot',
  cause: 'new',
  policyVersion: 3,
  clocks: [{ clock: 'acknowledge', dueAtMs: noon }],
} as const
const review = { review: '0b0f9f2e-29a5-4a25-8a4b-3a8c2a7f5b10', kind: 'missing-critical' }
const decided = { ...review, by: 'mara' }
const later = instant(noon - 60_000)
const queued = { pool: 'emea-desk', rule: 'emea', acceptByMs: noon, from: null, cause: 'new' } as const

const stories: readonly [TimelineEntry, string][] = [
  [
    { kind: 'received', data: { source: 'demo-form', channel: 'csv' } },
    'Came in from demo-form by an import',
  ],
  [
    {
      kind: 'prepared',
      data: {
        verdict: 'new',
        survivor: null,
        account: null,
        score: null,
        notes: ['email-invalid', 'country-unknown'],
      },
    },
    'Nobody we know: a new lead; noted: email invalid and country unknown',
  ],
  [
    { kind: 'prepared', data: { verdict: 'joins', survivor: other, account: null, score: 1, notes: [] } },
    `The same person as lead ${other}`,
  ],
  [
    {
      kind: 'prepared',
      data: { verdict: 'customer', survivor: null, account: 'acme', score: null, notes: [] },
    },
    'Belongs to the account acme',
  ],
  [
    { kind: 'prepared', data: { verdict: 'review', survivor: null, account: null, score: 0.8, notes: [] } },
    'A person must look before it is routed',
  ],
  [
    { kind: 'prepared', data: { verdict: 'stored', survivor: null, account: null, score: null, notes: [] } },
    'Its source is off: stored, and nothing else',
  ],
  [
    {
      kind: 'enriched',
      data: { accepted: ['industry', 'employees'], refused: ['country'], degraded: false },
    },
    'Enriched: added industry and employees, refused country',
  ],
  [
    { kind: 'enriched', data: { accepted: [], refused: [], degraded: true } },
    'Enrichment was late or failed: routed without it',
  ],
  [
    { kind: 'assigned', data: { ...assigned, clocks: [...assigned.clocks] } },
    'Ana Ruiz owns the lead (the fallback, a turn of the pool uk-sdr); acknowledgement due noon',
  ],
  [
    {
      kind: 'assigned',
      data: {
        ...assigned,
        owner: ben,
        from: ana,
        rule: 'uk',
        pool: null,
        turn: null,
        cause: 'lapsed',
        clocks: [],
      },
    },
    'Ben Okafor owns the lead instead of Ana Ruiz (rule uk), since the last owner let it lapse',
  ],
  [
    { kind: 'saved', data: { owner: ana, crm: 'built-in' } },
    'Saved in the CRM (built-in) with Ana Ruiz as owner, and read back',
  ],
  [
    { kind: 'saved', data: { owner: null, crm: 'built-in' } },
    'Saved in the CRM (built-in) with nobody as owner, and read back',
  ],
  [
    { kind: 'held', data: { from: null, retryAtMs: later, untilMs: noon, cause: 'new' } },
    'Nobody can take it: held until noon at most, to be tried again some time',
  ],
  [
    { kind: 'held', data: { from: ana, retryAtMs: noon, untilMs: noon, cause: 'lapsed' } },
    'Nobody can take it, since the last owner let it lapse: held until noon at most, to be tried again noon',
  ],
  [
    { kind: 'queued', data: { ...queued, members: [ana, ben], then: 'uk-sdr' } },
    'In the queue of the pool emea-desk: the first of Ana Ruiz and Ben Okafor to accept it by noon owns it, else uk-sdr',
  ],
  [
    { kind: 'queued', data: { ...queued, members: [ben], then: 'manager-of-owner', cause: 'hold-over' } },
    'In the queue of the pool emea-desk, since nobody of its own became available in time: the first of Ben Okafor to accept it by noon owns it, else the manager of the last owner',
  ],
  [
    { kind: 'accepted', data: { by: ben, pool: 'emea-desk' } },
    'Ben Okafor accepted it from the queue of the pool emea-desk',
  ],
  [
    {
      kind: 'assigned',
      data: { ...assigned, rule: 'directed', pool: null, turn: null, cause: 'accepted', clocks: [] },
    },
    'Ana Ruiz owns the lead (as directed), as the first to accept it',
  ],
  [
    { kind: 'queueTimedOut', data: { pool: 'emea-desk', then: 'mara' } },
    'Nobody accepted it from the queue of the pool emea-desk in time; then: Mara Voss',
  ],
  [
    { kind: 'told', data: { about: 'moved-on', recipients: ['ana', 'ben', 'zoe'] } },
    'Told Ana Ruiz, Ben Okafor and zoe: moved on',
  ],
  [{ kind: 'told', data: { about: 'assigned', recipients: [] } }, 'Told nobody: assigned'],
  [{ kind: 'prospectAcknowledged', data: { by: 'email' } }, 'Thanked the prospect by email'],
  [
    { kind: 'prospectNotAcknowledged', data: { why: 'no-consent' } },
    'Sent the prospect no thanks: no consent',
  ],
  [{ kind: 'acknowledged', data: { owner: ana } }, 'Ana Ruiz acknowledged the lead'],
  [
    { kind: 'touched', data: { by: 'ana', touch: 'call', first: true } },
    'Ana Ruiz called the prospect: the first touch',
  ],
  [{ kind: 'touched', data: { by: 'ana', touch: 'meeting', first: false } }, 'Ana Ruiz met the prospect'],
  [
    { kind: 'clockMet', data: { clock: 'firstTouch', dueAtMs: noon, late: false } },
    'The first touch clock stopped in time, due noon',
  ],
  [
    { kind: 'clockMet', data: { clock: 'acknowledge', dueAtMs: noon, late: true } },
    'The acknowledgement clock stopped late: it was due noon',
  ],
  [
    { kind: 'reminded', data: { clock: 'acknowledge', owner: ana } },
    'Reminded Ana Ruiz of the acknowledgement',
  ],
  [
    { kind: 'escalated', data: { clock: 'firstTouch', owner: ana, manager: mara } },
    'Escalated: Ana Ruiz owes the first touch; told Mara Voss',
  ],
  [
    { kind: 'escalated', data: { clock: 'firstTouch', owner: mara, manager: null } },
    'Escalated: Mara Voss owes the first touch; no manager to tell',
  ],
  [
    { kind: 'breached', data: { clock: 'firstTouch', owner: ana, dueAtMs: noon, corrective: 're-route' } },
    'Breach: no first touch by Ana Ruiz until noon; then: re-route',
  ],
  [
    { kind: 'lapsed', data: { owner: ana, clock: 'acknowledge' } },
    'Ana Ruiz let the acknowledgement clock run out and loses the lead',
  ],
  [
    { kind: 'reviewOpened', data: { ...review, decides: ana, backup: mara, dueAtMs: noon } },
    'Review opened (missing critical): Ana Ruiz decides by noon, else Mara Voss',
  ],
  [
    {
      kind: 'reviewOpened',
      data: {
        ...review,
        kind: 'ownership-claimed',
        decides: mara,
        backup: ana,
        dueAtMs: noon,
        claim: { by: ben, reason: 'my-account' },
      },
    },
    'Ben Okafor says that the lead is theirs (my account): Mara Voss decides by noon, else Ana Ruiz',
  ],
  [
    { kind: 'reviewEscalated', data: { review: review.review, to: mara, dueAtMs: noon } },
    'Review not decided in time: Mara Voss decides now, by noon',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'assign', rep: ben } } },
    'Mara Voss decided the review (missing critical): assign to Ben Okafor',
  ],
  [
    {
      kind: 'reviewDecided',
      data: { ...decided, decision: { choice: 'assign', pool: poolId.parse('uk-sdr') } },
    },
    'Mara Voss decided the review (missing critical): assign to the pool uk-sdr',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'assign', rule: 'uk' } } },
    'Mara Voss decided the review (missing critical): assign by rule uk',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'assign' } } },
    'Mara Voss decided the review (missing critical): assign by the rules',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'merge', into: other } } },
    `Mara Voss decided the review (missing critical): the same person as lead ${other}`,
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'keepSeparate' } } },
    'Mara Voss decided the review (missing critical): another person, a lead of its own',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'correct' } } },
    'Mara Voss decided the review (missing critical): corrected, to be routed again',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'keepOwner' } } },
    'Mara Voss decided the review (missing critical): the owner stays',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'reject' } } },
    'Mara Voss decided the review (missing critical): not a lead',
  ],
  [
    { kind: 'reviewDecided', data: { ...decided, decision: { choice: 'disqualify' } } },
    'Mara Voss decided the review (missing critical): disqualified',
  ],
  [
    { kind: 'reviewTimedOut', data: { ...review, then: 'keepSeparate' } },
    'Nobody decided the review (missing critical); then: keep separate',
  ],
  [
    { kind: 'reviewSuperseded', data: { ...review, by: 'closed' } },
    'The review (missing critical) ended by itself: closed',
  ],
  [
    { kind: 'reassignmentRequested', data: { request: 'r', by: ana, reason: 'capacity', decides: mara } },
    'Ana Ruiz asks for another owner (capacity); Mara Voss decides',
  ],
  [
    {
      kind: 'reassignmentRequested',
      data: { request: 'r', by: ana, reason: 'conflict-of-interest', decides: null },
    },
    'Ana Ruiz asks for another owner (conflict of interest); the policy approves that at once',
  ],
  [
    { kind: 'reassignmentEscalated', data: { request: 'r', to: mara, dueAtMs: noon } },
    'Request for another owner not decided in time: Mara Voss decides now, by noon',
  ],
  [
    { kind: 'reassignmentDecided', data: { request: 'r', by: 'mara', approved: false, timedOut: false } },
    'Mara Voss refused the request for another owner',
  ],
  [
    { kind: 'reassignmentDecided', data: { request: 'r', by: 'mara', approved: true, timedOut: false } },
    'Mara Voss approved the request for another owner',
  ],
  [
    { kind: 'reassignmentDecided', data: { request: 'r', by: 'system', approved: false, timedOut: true } },
    'Nobody decided the request for another owner, so the owner stays',
  ],
  [
    { kind: 'reassignmentSuperseded', data: { request: 'r', by: 'lapsed' } },
    'The request for another owner ended by itself: lapsed',
  ],
  [
    { kind: 'handoffOffered', data: { handoff: 'h', from: ana, to: ben, dueAtMs: noon } },
    'Ana Ruiz offers the lead to Ben Okafor, who answers by noon',
  ],
  [
    {
      kind: 'handoffOffered',
      data: { handoff: 'h', from: ana, to: ben, dueAtMs: noon, pool: 'closers', turn: '7', up: mara },
    },
    'Ana Ruiz offers the lead to Ben Okafor, whom the policy chose (a turn of the pool closers), who answers by noon, else Mara Voss gets it',
  ],
  [
    {
      kind: 'handoffOffered',
      data: { handoff: 'h', from: ana, to: ben, dueAtMs: noon, pool: null, turn: null },
    },
    'Ana Ruiz offers the lead to Ben Okafor, whom the policy chose, who answers by noon',
  ],
  [
    { kind: 'handoffRefused', data: { from: ana, to: null, missing: ['to'] } },
    'Handoff from Ana Ruiz not possible yet, missing: to',
  ],
  [
    { kind: 'handoffRefused', data: { from: ana, to: ben, missing: ['budget', 'notes'] } },
    'Handoff from Ana Ruiz to Ben Okafor not possible yet, missing: budget and notes',
  ],
  [
    {
      kind: 'handoffAnswered',
      data: { handoff: 'h', to: ben, accepted: true, reason: null, timedOut: false },
    },
    'Ben Okafor accepted the handoff',
  ],
  [
    {
      kind: 'handoffAnswered',
      data: { handoff: 'h', to: ben, accepted: false, reason: 'too-small', timedOut: false },
    },
    'Ben Okafor declined the handoff (too small)',
  ],
  [
    {
      kind: 'handoffAnswered',
      data: { handoff: 'h', to: ben, accepted: false, reason: null, timedOut: true },
    },
    'Ben Okafor did not answer the handoff in time, so the owner stays',
  ],
  [
    {
      kind: 'handoffAnswered',
      data: { handoff: 'h', to: ben, accepted: false, reason: null, timedOut: true, up: mara },
    },
    'Ben Okafor did not answer the handoff in time, so it goes up to Mara Voss',
  ],
  [
    { kind: 'handoffSuperseded', data: { handoff: 'h', by: 'end-of-chain' } },
    'The handoff ended by itself: end of chain',
  ],
  [
    { kind: 'submissionJoined', data: { lead: other } },
    `Another submission of the same person joined (lead ${other})`,
  ],
  [{ kind: 'corrected', data: { fields: ['country'] } }, 'Corrected: country'],
  [{ kind: 'clockStarted', data: { clock: 'stale', dueAtMs: noon } }, 'The staleness clock runs, due noon'],
  [
    {
      kind: 'clocksPaused',
      data: { reason: 'waiting-for-prospect', clocks: ['firstTouch', 'stale'], untilMs: noon },
    },
    'Paused (waiting for prospect): first touch and staleness stand still until noon at most',
  ],
  [
    {
      kind: 'clocksResumed',
      data: {
        reason: 'waiting-for-prospect',
        by: 'person',
        clocks: [{ clock: 'firstTouch', dueAtMs: noon }],
      },
    },
    'The pause (waiting for prospect) is over; first touch due noon',
  ],
  [
    { kind: 'clocksResumed', data: { reason: 'leave', by: 'leave', clocks: [] } },
    'The pause (leave) is over; no clock runs',
  ],
  [
    { kind: 'coverStarted', data: { leave: review.review, owner: ana, cover: ben, then: 'moved' } },
    'Ana Ruiz is on leave; the lead moves on, Ben Okafor covers',
  ],
  [
    { kind: 'coverStarted', data: { leave: review.review, owner: ana, cover: null, then: 'stays' } },
    'Ana Ruiz is on leave; the lead stays, since it was touched',
  ],
  [
    { kind: 'coverEnded', data: { leave: review.review, owner: ana, then: 'returned' } },
    'Ana Ruiz is back from leave; the lead comes back',
  ],
  [
    { kind: 'meetingLinkSent', data: { owner: ana, within: 'letter' } },
    'Sent the prospect a way to book time with Ana Ruiz',
  ],
  [
    { kind: 'meetingLinkSent', data: { owner: ana, within: 'acknowledgement' } },
    'The thanks held a way to book time with Ana Ruiz',
  ],
  [
    { kind: 'meetingLinkNotSent', data: { owner: ana, why: 'no-meeting-link' } },
    'Sent the prospect no way to book time with Ana Ruiz: the owner has none',
  ],
  [
    { kind: 'policyAdopted', data: { from: 3, to: 4, clocks: [], reRoute: true } },
    'Goes on under version 4 of the policy, no longer 3, and is routed again',
  ],
  [
    { kind: 'reopened', data: { generation: 1, why: 'reopened', reason: 'closed-by-mistake' } },
    'Opened again (closed by mistake)',
  ],
  [
    { kind: 'reopened', data: { generation: 1, why: 'split', reason: 'split' } },
    'Begins its own life again, since it was another person after all',
  ],
  [
    { kind: 'submissionSplit', data: { lead: other } },
    `Lead ${other} was another person after all: what it brought is taken back`,
  ],
  [
    { kind: 'intentRaised', data: { from: 'general', to: 'demo-request', lead: other } },
    `Belongs to the campaign demo-request from now on, as lead ${other}, which joined it`,
  ],
  [{ kind: 'erased', data: {} }, 'Everything personal is erased'],
  [
    {
      kind: 'breached',
      data: {
        clock: 'assign',
        owner: null,
        dueAtMs: noon,
        corrective: 'assign',
        correctiveBy: mara,
        correctiveByMs: noon,
        runningOn: [],
      },
    },
    'Breach: nobody owned it until noon; then: assign, Mara Voss sees to it by noon',
  ],
  [
    { kind: 'touched', data: { by: 'ana', touch: 'message', first: false, counts: false } },
    'Ana Ruiz sent the prospect a message, which stops no clock',
  ],
  [
    { kind: 'refused', data: { message: 'decideReview', code: 'not-decider', detail: ['mara', 'ben'] } },
    'Refused decide review: not decider (mara and ben)',
  ],
  [
    { kind: 'closed', data: { outcome: 'lost', reason: 'no-budget', mergedInto: null } },
    'Closed: lost (no budget)',
  ],
  [
    { kind: 'closed', data: { outcome: 'merged', reason: null, mergedInto: other } },
    `Closed: merged into lead ${other}`,
  ],
  [
    { kind: 'closed', data: { outcome: 'shadowed', reason: 'source-in-shadow', mergedInto: null } },
    'Closed: shadowed (source in shadow)',
  ],
]

describe('the story of a lead in plain sentences', () => {
  it.each(stories.map(([entry, sentence]) => ({ sentence, entry })))('$sentence', ({ sentence, entry }) => {
    expect(sentenceOf(timelineEntry(entry.kind, entry.data), telling)).toBe(sentence)
  })

  it('has words for every kind of event', () => {
    expect([...new Set(stories.map(([{ kind }]) => String(kind)))].sort()).toEqual(eventKinds.toSorted())
  })

  it('says ids and UTC where nobody says how people and times are called', () => {
    const entry: TimelineEntry = {
      kind: 'reviewEscalated',
      data: { review: review.review, to: mara, dueAtMs: noon },
    }
    expect(sentenceOf(entry)).toBe('Review not decided in time: mara decides now, by 2026-11-23T12:00Z')
  })
})
