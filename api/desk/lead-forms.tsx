/** What can be done with a lead on its page. Only what the reader may do and the lead could take is offered. */
import type { LeadDetail } from '../../db/leads.js'
import { payloads, touchKind } from '../../domain/messages.js'
import type { HandoffTerms, Policy } from '../../domain/policy.js'
import { may } from '../permissions.js'
import { ClaimForm } from './claim-form.js'
import { ActForm, Choice, Line, Prose } from './fields.js'
import { spaced } from './page.js'
import { AcceptForm } from './queue.js'
import type { Reader } from './reader.js'

type Props = { lead: LeadDetail; policy: Policy | null; reader: Reader }

export function LeadForms({ lead, policy, reader }: Props) {
  const { caller } = reader
  if (lead.status === 'closed' || !may(caller, 'workLeads')) return null
  const isTheirs = lead.owner !== null && (caller.role !== 'rep' || caller.rep === lead.owner.id)
  const isOffered = lead.handoff !== null && (caller.role !== 'rep' || caller.rep === lead.handoff.to)
  const mayAccept = lead.queue?.members.some(rep => rep === caller.rep) ?? false
  const mayClaim = lead.owner !== null && !isTheirs && lead.review === null
  if (!isTheirs && !isOffered && !mayAccept && !mayClaim) return null
  return (
    <section aria-labelledby="acts">
      <h2 id="acts">What you can do</h2>
      {mayAccept ? <AcceptForm lead={lead} /> : null}
      {isOffered ? <AnswerHandoff lead={lead} /> : null}
      {isTheirs ? <OwnerForms lead={lead} policy={policy} reader={reader} /> : null}
      {mayClaim ? (
        <details>
          <summary>This lead is mine</summary>
          <ClaimForm lead={lead.leadId} reasons={Object.keys(policy?.reassign.reasons ?? {})} />
        </details>
      ) : null}
    </section>
  )
}

function OwnerForms({ lead, policy, reader }: Props) {
  const path = `/desk/leads/${lead.leadId}`
  const reasons = Object.keys(policy?.reassign.reasons ?? {})
  const ownerRole = reader.people.find(({ id }) => id === lead.owner?.id)?.role
  const handoff = policy?.handoff ?? null
  return (
    <>
      {lead.status === 'assigned' ? (
        <ActForm action={`${path}/acknowledge`} label="Acknowledge">
          <button type="submit">Acknowledge</button>
        </ActForm>
      ) : null}
      <details open={lead.status === 'acknowledged'}>
        <summary>Record a touch</summary>
        <ActForm action={`${path}/touches`} label="Record a touch">
          <Choice
            id="kind"
            name="kind"
            label="I reached the prospect by"
            options={touchKind.options.map(plain)}
          />
          <Prose id="touch-note" name="note" label="Note (optional)" most={2_000} />
          <button type="submit">Record the touch</button>
        </ActForm>
      </details>
      {reasons.length === 0 || lead.reassignmentRequest !== null ? null : (
        <RequestForm path={path} reasons={reasons} reader={reader} owner={lead.owner?.id ?? null} />
      )}
      {handoff === null || lead.handoff !== null || ownerRole !== handoff.fromRole ? null : (
        <HandOffForm path={path} terms={handoff} reader={reader} />
      )}
      <details>
        <summary>Close</summary>
        <ActForm action={`${path}/close`} label="Close">
          <Choice id="outcome" name="outcome" label="How it ended" options={closeOutcomes.map(plain)} />
          <Line id="close-reason" name="reason" label="Reason code (optional)" />
          <button type="submit">Close the lead</button>
        </ActForm>
      </details>
    </>
  )
}

function RequestForm({ path, reasons, reader, owner }: RequestFormProps) {
  const others = reader.people.filter(({ id }) => id !== owner)
  return (
    <details>
      <summary>Ask for another owner</summary>
      <ActForm action={`${path}/reassignment-requests`} label="Ask for another owner">
        <Choice id="request-reason" name="reason" label="Reason" options={reasons.map(plain)} />
        <Choice
          id="wanted"
          name="wanted"
          label="New owner"
          options={[{ value: '', text: 'by the rules' }, ...others.map(person)]}
        />
        <Prose id="request-note" name="note" label="Note (optional)" most={2_000} />
        <button type="submit">Ask</button>
      </ActForm>
    </details>
  )
}
type RequestFormProps = { path: string; reasons: readonly string[]; reader: Reader; owner: string | null }

function HandOffForm({ path, terms, reader }: { path: string; terms: HandoffTerms; reader: Reader }) {
  const receivers = reader.people.filter(({ role }) => role === terms.toRole).map(person)
  const chosen = terms.assign === null ? [] : [{ value: '', text: 'whoever the policy chooses' }]
  return (
    <details>
      <summary>Hand off</summary>
      <ActForm action={`${path}/handoff`} label="Hand off">
        <Choice id="to" name="to" label="To" options={[...chosen, ...receivers]} />
        {terms.required.map(name => (
          <Line id={`field-${name}`} name={`field.${name}`} label={spaced(name)} required />
        ))}
        <Prose
          id="handoff-notes"
          name="notes"
          label={`Notes for the next owner (at least ${terms.notesAtLeast} characters)`}
          least={terms.notesAtLeast}
          most={10_000}
        />
        <button type="submit">Offer the lead</button>
      </ActForm>
    </details>
  )
}

function AnswerHandoff({ lead }: { lead: LeadDetail }) {
  const path = `/desk/leads/${lead.leadId}/handoff/answer`
  return (
    <>
      <ActForm action={path} label="Accept the handoff">
        <button type="submit" name="accept" value="yes">
          Accept the handoff
        </button>
      </ActForm>
      <ActForm action={path} label="Decline the handoff">
        <Line id="decline-reason" name="reason" label="Reason code (optional)" />
        <button type="submit" name="accept" value="no" class="plain">
          Decline the handoff
        </button>
      </ActForm>
    </>
  )
}

const closeOutcomes = payloads.close.shape.outcome.options

function plain(value: string) {
  return { value, text: spaced(value) }
}

function person({ id, name }: { id: string; name: string }) {
  return { value: id, text: name }
}
