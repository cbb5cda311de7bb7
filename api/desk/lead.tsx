/** One lead: who it is, who owns it and why, what happened, and what can be done now. */
import type { Hono } from 'hono'
import { type TimelineEvent, timelineOf } from '../../db/events.js'
import { type LeadDetail, leadDetail } from '../../db/leads.js'
import { type Note, noteOf } from '../../db/notes.js'
import { decisionsOf, type StoredDecision } from '../../db/ownership.js'
import { policyOfVersion } from '../../db/policies.js'
import { leadId, policyVersion } from '../../domain/ids.js'
import type { NormalisedLead } from '../../domain/lead.js'
import { sentenceOf } from '../../domain/story.js'
import { whyOwner } from '../../domain/why.js'
import { requireInScope } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { Problem } from '../problem.js'
import type { WorkflowLink } from '../workflow-link.js'
import { LeadForms } from './lead-forms.js'
import { DeskPage, Due, Instant, spaced } from './page.js'
import { clockNames, nameOf } from './queue.js'
import { type Reader, readerOf } from './reader.js'
import { Joined, Reopen } from './second-lives.js'
import { isWatching, Watching } from './watching.js'

export function addLeadPage(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.get('/leads/:id', async c => {
    const reader = await readerOf(deps, c.var.caller)
    const id = leadId.safeParse(c.req.param('id'))
    if (!id.success) throw new Problem(404, 'not-found')
    await requireInScope(deps, reader.caller, id.data)
    const [lead, events, decisions] = await Promise.all([
      leadDetail(deps.db, id.data),
      timelineOf(deps.db, id.data),
      decisionsOf(deps.db, id.data),
    ])
    if (lead === null) throw new Problem(404, 'not-found')
    // A lead lives by the version of the policy that it came in under: its reasons and its handoff are that one's.
    const [policy, offered, isWatched] = await Promise.all([
      lead.policyVersion === null ? null : policyOfVersion(deps.db, policyVersion.parse(lead.policyVersion)),
      lead.handoff === null ? null : noteOf(deps.db, lead.handoff.id),
      isWatching(deps, reader.caller, id.data),
    ])
    return c.html(
      <DeskPage title={nameOf(lead)} reader={reader} path="/desk/leads" flash={c.req.query('flash')}>
        <Standing lead={lead} reader={reader} />
        <LeadForms lead={lead} policy={policy} reader={reader} />
        <Watching lead={lead} caller={reader.caller} isWatched={isWatched} />
        <Reopen lead={lead} policy={policy} reader={reader} />
        {offered === null ? null : <HandoffNote note={offered} />}
        <Prospect lead={lead} />
        <Joined lead={lead} reader={reader} />
        <Decisions decisions={decisions} reader={reader} />
        <Timeline events={events} reader={reader} />
        {engineers.some(role => role === reader.caller.role) ? (
          <Workflow link={deps.workflowOf(id.data)} />
        ) : null}
      </DeskPage>,
    )
  })
}

/** Whoever looks after the system; nobody else has a use for it. */
const engineers = ['operations', 'administrator'] as const

function Workflow({ link: { id, url } }: { link: WorkflowLink }) {
  return <p class="soft">{url === null ? `Workflow ${id}` : <a href={url}>Workflow in the Temporal UI</a>}</p>
}

function Standing({ lead, reader }: { lead: LeadDetail; reader: Reader }) {
  const { telling } = reader
  return (
    <section aria-labelledby="standing">
      <h2 id="standing">Now</h2>
      <dl>
        <dt>Status</dt>
        <dd>{lead.outcome === null ? spaced(lead.status) : `closed: ${lead.outcome}`}</dd>
        <dt>Owner</dt>
        <dd>{lead.owner?.name ?? 'nobody yet'}</dd>
        {lead.clocks.map(clock => (
          <>
            <dt>{clockNames[clock.clock]}</dt>
            <dd>
              {clock.metAtMs === null ? (
                <Due dueAtMs={clock.dueAtMs} reader={reader} />
              ) : (
                <>
                  done <Instant atMs={clock.metAtMs} reader={reader} />
                  {clock.breached ? ', late' : ', in time'}
                </>
              )}
            </dd>
          </>
        ))}
        {lead.held === null ? null : (
          <>
            <dt>Held</dt>
            <dd>
              nobody is available; tried again <Instant atMs={lead.held.retryAtMs} reader={reader} />, at most
              until <Due dueAtMs={lead.held.untilMs} reader={reader} />
            </dd>
          </>
        )}
        {lead.queue === null ? null : (
          <>
            <dt>Queued</dt>
            <dd>
              {`for ${lead.queue.members.map(telling.person).join(', ')} (${lead.queue.pool}); the first to accept has it, by `}
              <Due dueAtMs={lead.queue.acceptByMs} reader={reader} />
            </dd>
          </>
        )}
        {lead.review === null ? null : (
          <>
            <dt>In review</dt>
            <dd>
              <a href="/desk/reviews">{spaced(lead.review.kind)}</a>
              {`: ${telling.person(lead.review.decides)} decides by `}
              <Due dueAtMs={lead.review.dueAtMs} reader={reader} />
            </dd>
          </>
        )}
        {lead.reassignmentRequest === null ? null : (
          <>
            <dt>Another owner</dt>
            <dd>
              {`${telling.person(lead.reassignmentRequest.requestedBy)} asks; ${telling.person(lead.reassignmentRequest.decides)} decides by `}
              <Due dueAtMs={lead.reassignmentRequest.dueAtMs} reader={reader} />
            </dd>
          </>
        )}
        {lead.handoff === null ? null : (
          <>
            <dt>Handoff</dt>
            <dd>
              {`${telling.person(lead.handoff.from)} offers it to ${telling.person(lead.handoff.to)}, who answers by `}
              <Due dueAtMs={lead.handoff.dueAtMs} reader={reader} />
            </dd>
          </>
        )}
        {lead.mergedInto === null ? null : (
          <>
            <dt>Part of</dt>
            <dd>
              <a href={`/desk/leads/${lead.mergedInto}`}>the lead that it was merged into</a>
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

function HandoffNote({ note }: { note: Note }) {
  return (
    <section aria-labelledby="handed">
      <h2 id="handed">What the handoff says</h2>
      <Facts facts={Object.entries(note.fields ?? {}).map(([name, value]) => [name, String(value)])} />
      {note.notes === undefined ? null : <p class="prose">{note.notes}</p>}
    </section>
  )
}

/** What a rep needs to reach the prospect and to know what it is about, in that order. */
const shown = [
  'name',
  'firstName',
  'lastName',
  'email',
  'phone',
  'company',
  'website',
  'employees',
  'industry',
  'street',
  'city',
  'region',
  'postcode',
  'country',
  'product',
  'service',
  'language',
  'urgency',
] as const satisfies readonly (keyof NormalisedLead)[]

function Prospect({ lead: { lead, brief, source, erasedAtMs } }: { lead: LeadDetail }) {
  if (erasedAtMs !== null) return <p>Everything personal is erased.</p>
  if (lead === null) return <p>The lead came in and is being prepared.</p>
  const facts = shown.flatMap(name => {
    const value = lead[name]
    return value === null ? [] : [[spaced(name), String(value)] as const]
  })
  const extra = Object.entries(lead.fields).map(([name, value]) => [name, String(value)] as const)
  const from = [source, lead.campaign].filter(text => text !== null).join(', ')
  return (
    <section aria-labelledby="prospect">
      <h2 id="prospect">Prospect</h2>
      <Facts facts={[...facts, ...extra, ['came from', from]]} />
      {lead.message === null ? null : <p class="prose">{lead.message}</p>}
      {brief === null ? null : <p class="prose">{brief}</p>}
      {lead.notes.length === 0 ? null : (
        <p class="soft">{`To be checked: ${lead.notes.map(({ code }) => spaced(code)).join(', ')}`}</p>
      )}
    </section>
  )
}

function Facts({ facts }: { facts: readonly (readonly [string, string])[] }) {
  if (facts.length === 0) return null
  return (
    <dl>
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  )
}

function Decisions({ decisions, reader }: { decisions: readonly StoredDecision[]; reader: Reader }) {
  if (decisions.length === 0) return null
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why</h2>
      {decisions.map(({ decidedAtMs, record }, at) => (
        <details open={at === 0}>
          <summary>
            Decided <Instant atMs={decidedAtMs} reader={reader} />
          </summary>
          <ul>
            {whyOwner(record).map(sentence => (
              <li>{sentence}</li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  )
}

function Timeline({ events, reader }: { events: readonly TimelineEvent[]; reader: Reader }) {
  return (
    <section aria-labelledby="story">
      <h2 id="story">What happened</h2>
      <ol class="story">
        {events.map(event => (
          <li>
            <span class="soft">
              <Instant atMs={event.atMs} reader={reader} />
            </span>{' '}
            {`${sentenceOf(event, reader.telling)}.`}
          </li>
        ))}
      </ol>
    </section>
  )
}
