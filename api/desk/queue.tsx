/** A rep's queue, and the list of leads with its filters. */
import type { Hono } from 'hono'
import { z } from 'zod'
import type { LeadSummary } from '../../db/lead-summary.js'
import { acceptableBy, listLeads, queueOf } from '../../db/leads.js'
import { epochMs, leadId, repId } from '../../domain/ids.js'
import { leadStatus } from '../../domain/lead.js'
import { touchKind } from '../../domain/messages.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { may, scopeOf } from '../permissions.js'
import { ClaimForm } from './claim-form.js'
import { ActForm, Choice } from './fields.js'
import { DeskPage, Due, Instant, spaced } from './page.js'
import { type Reader, readerOf } from './reader.js'

const leadsPerPage = 50

/** What is no filter is left out: an address that somebody typed shows more, not an error. */
const filters = z.object({
  status: leadStatus.optional().catch(undefined),
  owner: repId.optional().catch(undefined),
  /** Where the page before ended: instant and id of its last lead. */
  after: z
    .string()
    .transform(text => {
      const [ms, lead] = text.split('_')
      return { receivedAtMs: Number(ms), lead }
    })
    .pipe(z.object({ receivedAtMs: epochMs, lead: leadId }))
    .optional()
    .catch(undefined),
})
type Filters = z.infer<typeof filters>

export function addQueue(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.get('/', async c => {
    const reader = await readerOf(deps, c.var.caller)
    const { rep, role } = reader.caller
    const queue = rep === null ? [] : await queueOf(deps.db, rep)
    const acceptable = rep === null ? [] : await acceptableBy(deps.db, rep)
    const all = role === 'rep' ? null : await pageOfLeads(deps, reader, filters.parse({}))
    return c.html(
      <DeskPage title="My queue" reader={reader} path="/desk" flash={c.req.query('flash')}>
        {acceptable.length === 0 ? null : <Acceptable leads={acceptable} reader={reader} />}
        {rep === null ? null : <Queue leads={queue} reader={reader} />}
        {role === 'rep' ? <ClaimById reader={reader} /> : null}
        {all === null ? null : <LeadList page={all} reader={reader} filter={filters.parse({})} />}
      </DeskPage>,
    )
  })

  desk.get('/leads', async c => {
    const reader = await readerOf(deps, c.var.caller)
    const filter = filters.parse(c.req.query())
    const page = await pageOfLeads(deps, reader, filter)
    return c.html(
      <DeskPage title="Leads" reader={reader} path="/desk/leads" flash={c.req.query('flash')}>
        <LeadList page={page} reader={reader} filter={filter} />
      </DeskPage>,
    )
  })
}

type LeadsPage = { leads: LeadSummary[]; next: string | null }

async function pageOfLeads(deps: ApiDeps, { caller }: Reader, filter: Filters): Promise<LeadsPage> {
  const { status, owner, after } = filter
  const found = await listLeads(deps.db, {
    scope: scopeOf(caller),
    status,
    owner,
    after,
    limit: leadsPerPage + 1,
  })
  const leads = found.slice(0, leadsPerPage)
  const last = leads.at(-1)
  if (last === undefined || found.length === leads.length) return { leads, next: null }
  const query = new URLSearchParams({
    ...(status !== undefined && { status }),
    ...(owner !== undefined && { owner }),
    after: `${last.receivedAtMs}_${last.leadId}`,
  })
  return { leads, next: `/desk/leads?${query.toString()}` }
}

function Queue({ leads, reader }: { leads: readonly LeadSummary[]; reader: Reader }) {
  if (leads.length === 0) return <p>Nothing waits for you.</p>
  return (
    <ul class="leads">
      {leads.map(lead => (
        <li class="card">
          <LeadHead lead={lead} reader={reader} />
          {may(reader.caller, 'workLeads') ? <QuickActs lead={lead} /> : null}
        </li>
      ))}
    </ul>
  )
}

/** Shared with colleagues: whoever is first has it. */
function Acceptable({ leads, reader }: { leads: readonly LeadSummary[]; reader: Reader }) {
  return (
    <section aria-labelledby="acceptable-title">
      <h2 id="acceptable-title">For the first to accept</h2>
      <ul class="leads">
        {leads.map(lead => (
          <li class="card">
            <LeadHead lead={lead} reader={reader} />
            {may(reader.caller, 'workLeads') ? <AcceptForm lead={lead} back="queue" /> : null}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** A colleague's lead is not to be seen, but can be claimed by whoever knows its id, from the CRM for one. */
function ClaimById({ reader }: { reader: Reader }) {
  const reasons = Object.keys(reader.policy?.reassign.reasons ?? {})
  if (reasons.length === 0) return null
  return (
    <details>
      <summary>Claim a lead that a colleague owns</summary>
      <ClaimForm lead={null} reasons={reasons} />
    </details>
  )
}

export function AcceptForm({ lead, back }: { lead: LeadSummary; back?: 'queue' }) {
  return (
    <ActForm action={`/desk/leads/${lead.leadId}/accept`} back={back} label={`Accept ${nameOf(lead)}`}>
      <button type="submit">Accept</button>
    </ActForm>
  )
}

function QuickActs({ lead }: { lead: LeadSummary }) {
  const path = `/desk/leads/${lead.leadId}`
  const name = nameOf(lead)
  return (
    <div class="row">
      {lead.status === 'assigned' ? (
        <ActForm action={`${path}/acknowledge`} back="queue" label={`Acknowledge ${name}`}>
          <button type="submit">Acknowledge</button>
        </ActForm>
      ) : null}
      <ActForm action={`${path}/touches`} back="queue" label={`Record a touch with ${name}`}>
        <Choice
          id={`kind-${lead.leadId}`}
          name="kind"
          label="Touch"
          options={touchKind.options.map(value => ({ value, text: value }))}
        />
        <button type="submit">Record</button>
      </ActForm>
    </div>
  )
}

function LeadList({ page, reader, filter }: { page: LeadsPage; reader: Reader; filter: Filters }) {
  return (
    <section aria-labelledby="leads-title">
      <h2 id="leads-title">Newest first</h2>
      <FilterForm reader={reader} filter={filter} />
      {page.leads.length === 0 ? <p>No lead is like that.</p> : null}
      <ul class="leads">
        {page.leads.map(lead => (
          <li class="card">
            <LeadHead lead={lead} reader={reader} />
          </li>
        ))}
      </ul>
      {page.next === null ? null : <a href={page.next}>Older leads</a>}
    </section>
  )
}

function FilterForm({ reader, filter }: { reader: Reader; filter: Filters }) {
  const everything = { value: '', text: 'any' }
  return (
    <form method="get" action="/desk/leads" class="row" aria-label="Filter the leads">
      <Choice
        id="status"
        name="status"
        label="Status"
        selected={filter.status}
        options={[everything, ...leadStatus.options.map(value => ({ value, text: spaced(value) }))]}
      />
      <Choice
        id="owner"
        name="owner"
        label="Owner"
        selected={filter.owner}
        options={[everything, ...reader.people.map(({ id, name }) => ({ value: id, text: name }))]}
      />
      <button type="submit">Show</button>
    </form>
  )
}

function LeadHead({ lead, reader }: { lead: LeadSummary; reader: Reader }) {
  return (
    <div>
      <a href={`/desk/leads/${lead.leadId}`}>{nameOf(lead)}</a>{' '}
      <span>{[lead.company, lead.source].filter(text => text !== null).join(', ')}</span>
      <div class="soft">
        {`${spaced(lead.outcome ?? lead.status)} · ${lead.owner?.name ?? 'nobody owns it'} · came in `}
        <Instant atMs={lead.receivedAtMs} reader={reader} />
      </div>
      {lead.dueAtMs === null || lead.clock === null ? null : (
        <div>
          {`Next: ${clockNames[lead.clock]} by `}
          <Due dueAtMs={lead.dueAtMs} reader={reader} />
        </div>
      )}
      {lead.held === null ? null : (
        <div>
          Held until somebody is available, at most until <Due dueAtMs={lead.held.untilMs} reader={reader} />
        </div>
      )}
      {lead.queue === null ? null : (
        <div>
          {`Queue of ${lead.queue.pool}: to be accepted by `}
          <Due dueAtMs={lead.queue.acceptByMs} reader={reader} />
        </div>
      )}
      {lead.review === null ? null : (
        <div>{`In review (${spaced(lead.review.kind)}): ${reader.telling.person(lead.review.decides)} decides`}</div>
      )}
    </div>
  )
}

export const clockNames = {
  assign: 'find an owner',
  acknowledge: 'acknowledge',
  firstTouch: 'first touch',
  stale: 'next touch',
} as const

export function nameOf(lead: { name: string | null; company: string | null }): string {
  return lead.name ?? lead.company ?? 'Somebody without a name'
}
