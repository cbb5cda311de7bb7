import { ActForm, Choice, Line, Prose } from './fields.js'
import { spaced } from './page.js'

/** Of a lead that a colleague owns. `lead`: null where its id must be typed in. */
export function ClaimForm({ lead, reasons }: { lead: string | null; reasons: readonly string[] }) {
  return (
    <ActForm action="/desk/claims" label="Claim a lead">
      {lead === null ? (
        <Line id="claim-lead" name="lead" label="Id of the lead" required />
      ) : (
        <input type="hidden" name="lead" value={lead} />
      )}
      <Choice
        id="claim-reason"
        name="reason"
        label="Reason"
        options={reasons.map(value => ({ value, text: spaced(value) }))}
      />
      <Prose id="claim-note" name="note" label="Why it is mine (optional)" most={2_000} />
      <button type="submit">Claim the lead</button>
    </ActForm>
  )
}
