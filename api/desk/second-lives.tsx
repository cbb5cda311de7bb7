/** What can be done with a lead after its end, and with one that another has joined, on its page. */
import type { Hono } from 'hono'
import { z } from 'zod'
import type { LeadDetail } from '../../db/leads.js'
import { leadId, name } from '../../domain/ids.js'
import type { Policy } from '../../domain/policy.js'
import type { Envelope } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { may, needs } from '../permissions.js'
import { Problem } from '../problem.js'
import { reopenable, reopenLead } from '../reopen-lead.js'
import { noteField } from '../texts.js'
import { ActForm, Choice, Prose } from './fields.js'
import type { FlashCode } from './flash.js'
import { Instant, spaced } from './page.js'
import type { Reader } from './reader.js'
import { goBack, sayAndGoBack, typedIn } from './say.js'

/** Codes, since they stand on the timeline; whatever else is to be said goes into the note. */
const reopenReasons = ['called-back', 'closed-by-mistake', 'new-information', 'other']

const reopening = z.object({ reason: name, note: noteField })
const splitting = z.object({ lead: leadId })

export function addSecondLifeForms(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.post('/leads/:id/reopen', needs('reopenLeads'), async c => {
    const { lead, back } = placeOf(c.req.param('id'))
    const typed = await typedIn(c)
    const said = reopening.safeParse(typed)
    if (!said.success) return goBack(c, back, 'invalid')
    const { reason, note } = said.data
    // A page's key is a UUID; whoever sends none, or another text, means a new act.
    const key = z.uuid().safeParse(typed.key).data
    try {
      await reopenLead(deps, c.var.caller, { lead, reason, note, key })
      return goBack(c, back, 'reopened')
    } catch (error) {
      const flash = error instanceof Problem ? flashOf(error) : null
      if (flash === null) throw error
      return goBack(c, back, flash)
    }
  })

  desk.post('/leads/:id/splits', needs('splitLeads'), async c => {
    const { lead, back } = placeOf(c.req.param('id'))
    const typed = await typedIn(c)
    const said = splitting.safeParse(typed)
    if (!said.success) return goBack(c, back, 'invalid')
    const payload = (envelope: Envelope) => ({ ...envelope, lead: said.data.lead })
    return sayAndGoBack(c, deps, { lead, name: 'splitSubmission', payload, typed, back, done: 'split' })
  })
}

function placeOf(id: string | undefined) {
  const lead = leadId.safeParse(id)
  if (!lead.success) throw new Problem(404, 'not-found')
  return { lead: lead.data, back: `/desk/leads/${lead.data}` }
}

/** What the person learns on the page that they came from. */
function flashOf({ code }: Problem): FlashCode | null {
  switch (code) {
    case 'unavailable':
      return 'unavailable'
    case 'wrong-state':
      return 'refused-wrong-state'
    case 'not-owner':
      return 'refused-not-owner'
    case 'too-late':
      return 'refused-too-late'
    default:
      return null
  }
}

type Props = { lead: LeadDetail; policy: Policy | null; reader: Reader }

/** Offered while the policy allows it; that it is too late by the time of the click is said then. */
export function Reopen({ lead, policy, reader: { caller, nowMs } }: Props) {
  const isTheirs = caller.role !== 'rep' || caller.rep === lead.owner?.id
  const canBe = lead.outcome !== null && reopenable.includes(lead.outcome) && lead.erasedAtMs === null
  const withinMs = policy?.reopen?.withinMs ?? null
  const isInTime = withinMs !== null && (lead.closedAtMs ?? 0) + withinMs >= nowMs
  if (!canBe || !isTheirs || !isInTime || !may(caller, 'reopenLeads')) return null
  return (
    <section aria-labelledby="again">
      <h2 id="again">What you can do</h2>
      <details>
        <summary>Open it again</summary>
        <ActForm action={`/desk/leads/${lead.leadId}/reopen`} label="Open it again">
          <Choice
            id="reopen-reason"
            name="reason"
            label="Why"
            options={reopenReasons.map(value => ({ value, text: spaced(value) }))}
          />
          <Prose id="reopen-note" name="note" label="Note (optional)" most={2_000} />
          <button type="submit">Open the lead again</button>
        </ActForm>
      </details>
    </section>
  )
}

export function Joined({ lead, reader }: Pick<Props, 'lead' | 'reader'>) {
  if (lead.joined.length === 0) return null
  const canSplit = lead.outcome === null && may(reader.caller, 'splitLeads')
  return (
    <section aria-labelledby="joined">
      <h2 id="joined">Submissions that joined</h2>
      <ul>
        {lead.joined.map(({ lead: id, source, receivedAtMs }) => (
          <li>
            <a href={`/desk/leads/${id}`}>{`from ${source}`}</a>{' '}
            <span class="soft">
              <Instant atMs={receivedAtMs} reader={reader} />
            </span>
            {canSplit ? (
              <ActForm
                action={`/desk/leads/${lead.leadId}/splits`}
                label={`Split off what came from ${source}`}
              >
                <input type="hidden" name="lead" value={id} />
                <button type="submit" class="plain">
                  Somebody else’s: split it off
                </button>
              </ActForm>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  )
}
