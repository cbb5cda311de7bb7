/** Requests for another owner that wait for somebody's word. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { type DecidedItem, endOfRequest } from '../../db/decided-items.js'
import {
  isInScope,
  leadOfRequest,
  openReassignmentRequests,
  type ReassignmentRequest,
} from '../../db/leads.js'
import { repId } from '../../domain/ids.js'
import type { Envelope } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { may, needs, scopeOf } from '../permissions.js'
import { Problem } from '../problem.js'
import { noteField } from '../texts.js'
import { Decided } from './decided.js'
import { ActForm, Choice, Prose } from './fields.js'
import { DeskPage, Due, Instant, spaced } from './page.js'
import { type Reader, readerOf } from './reader.js'
import { goBack, sayAndGoBack, typedIn } from './say.js'

const decision = z.object({ approve: z.stringbool(), to: repId.optional(), note: noteField })

export function addRequests(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.get('/requests', needs('readReviews'), async c => {
    const reader = await readerOf(deps, c.var.caller)
    const { role, rep } = reader.caller
    // A rep sees the requests that it decides, like the API says.
    const requests = await openReassignmentRequests(deps.db, role === 'rep' ? { decides: rep } : {})
    const decided = await decidedFirst(deps, reader, c.req.query('item'))
    return c.html(
      <DeskPage
        title="Requests for another owner"
        reader={reader}
        path="/desk/requests"
        flash={c.req.query('flash')}
      >
        {decided === null ? null : <Decided item={decided} reader={reader} />}
        {requests.length === 0 ? <p>No request waits.</p> : null}
        {requests.map(request => (
          <Request request={request} reader={reader} />
        ))}
      </DeskPage>,
    )
  })

  desk.post('/requests/:id/decision', needs('decide'), async c => {
    const request = c.req.param('id')
    const lead = await leadOfRequest(deps.db, request)
    if (lead === null) throw new Problem(404, 'not-found')
    const typed = await typedIn(c)
    const said = decision.safeParse(typed)
    const back = '/desk/requests'
    if (!said.success) return goBack(c, back, 'invalid')
    const { approve, to, note } = said.data
    return sayAndGoBack(c, deps, {
      lead,
      name: 'decideReassignment',
      payload: (envelope: Envelope) => ({ ...envelope, request, approve, to: approve ? to : undefined }),
      text: { note },
      typed,
      back,
      done: 'decided',
      item: request,
    })
  })
}

async function decidedFirst(
  { db }: ApiDeps,
  { caller }: Reader,
  request: string | undefined,
): Promise<DecidedItem | null> {
  const lead = request === undefined ? null : await leadOfRequest(db, request)
  if (request === undefined || lead === null || !(await isInScope(db, scopeOf(caller), lead))) return null
  return endOfRequest(db, request)
}

function Request({ request, reader }: { request: ReassignmentRequest; reader: Reader }) {
  const { telling } = reader
  const titleId = `request-${request.id}`
  return (
    <article aria-labelledby={titleId}>
      <h2 id={titleId}>{`${telling.person(request.requestedBy)}: ${spaced(request.reason)}`}</h2>
      <dl>
        <dt>Lead</dt>
        <dd>
          <a href={`/desk/leads/${request.leadId}`}>{`the lead of ${telling.person(request.requestedBy)}`}</a>
        </dd>
        <dt>Asked</dt>
        <dd>
          <Instant atMs={request.requestedAtMs} reader={reader} />
        </dd>
        <dt>Decides</dt>
        <dd>
          {`${telling.person(request.decides)} by `}
          <Due dueAtMs={request.dueAtMs} reader={reader} />
        </dd>
        <dt>Wanted</dt>
        <dd>{request.wanted === null ? 'whoever the rules choose' : telling.person(request.wanted)}</dd>
      </dl>
      {request.note === null ? null : <p class="prose">{request.note}</p>}
      {may(reader.caller, 'decide') ? <DecisionForm request={request} reader={reader} /> : null}
    </article>
  )
}

function DecisionForm({ request, reader }: { request: ReassignmentRequest; reader: Reader }) {
  const others = reader.people.filter(({ id }) => id !== request.requestedBy)
  const asked = request.wanted === null ? 'by the rules' : 'as wanted'
  return (
    <ActForm
      action={`/desk/requests/${encodeURIComponent(request.id)}/decision`}
      label={`Decide the request of ${reader.telling.person(request.requestedBy)}`}
    >
      <Choice
        id={`to-${request.id}`}
        name="to"
        label="New owner, if approved"
        options={[{ value: '', text: asked }, ...others.map(({ id, name }) => ({ value: id, text: name }))]}
      />
      <Prose id={`note-${request.id}`} name="note" label="Note (optional)" most={2_000} />
      <div class="row">
        <button type="submit" name="approve" value="yes">
          Approve
        </button>
        <button type="submit" name="approve" value="no" class="plain">
          Refuse
        </button>
      </div>
    </ActForm>
  )
}
