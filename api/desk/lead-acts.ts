/** The forms of a lead's page and of the queue, each one message to the lead. */
import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { type LeadId, leadId, repId } from '../../domain/ids.js'
import { type MessageName, payloads, touchKind } from '../../domain/messages.js'
import type { Act, Envelope } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { reassignment } from '../claims.js'
import { needs } from '../permissions.js'
import { Problem } from '../problem.js'
import { freeText, longText, noteField } from '../texts.js'
import type { FlashCode } from './flash.js'
import { goBack, sayAndGoBack, type Typed, typedIn } from './say.js'

const reason = z.string().trim().min(1).max(63)

const touch = z.object({ kind: touchKind, note: noteField })
const request = z.object({ reason, wanted: repId.optional(), note: noteField })
const claim = z.object({ lead: leadId, reason, note: noteField })
const offer = z.object({
  to: repId.optional(),
  fields: z.record(z.string().min(1).max(63), freeText(1000)),
  notes: longText.default(''),
})
const handoffAnswer = z.object({ accept: z.stringbool(), reason: reason.optional() })
const ending = z.object({ outcome: payloads.close.shape.outcome, reason: reason.optional() })

export function addLeadForms(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.post('/leads/:id/acknowledge', needs('workLeads'), c =>
    take(c, deps, z.object({}), 'acknowledged', () => ({
      name: 'acknowledge',
      payload: envelope => envelope,
    })),
  )

  desk.post('/leads/:id/accept', needs('workLeads'), c =>
    take(c, deps, z.object({}), 'accepted', () => ({
      name: 'acceptLead',
      payload: envelope => envelope,
    })),
  )

  desk.post('/leads/:id/touches', needs('workLeads'), c =>
    take(c, deps, touch, 'touched', ({ kind, note }) => ({
      name: 'recordTouch',
      payload: (envelope: Envelope) => ({ ...envelope, kind }),
      text: { note },
    })),
  )

  desk.post('/leads/:id/reassignment-requests', needs('workLeads'), c =>
    take(c, deps, request, 'requested', (said, lead) => reassignment(deps, c.var.caller, lead, said)),
  )

  desk.post('/claims', needs('workLeads'), async c => {
    const typed = await typedIn(c)
    const said = claim.safeParse(typed)
    const { rep } = c.var.caller
    // Whoever claims a lead may not see it, so that the way back is their own queue.
    const back = '/desk'
    if (!said.success || rep === null) return goBack(c, back, 'invalid')
    const { lead, reason, note } = said.data
    const act = reassignment(deps, c.var.caller, lead, { reason, wanted: rep, note })
    return sayAndGoBack(c, deps, { ...act, typed, back, done: 'claimed' })
  })

  desk.post('/leads/:id/handoff', needs('workLeads'), c =>
    take(c, deps, z.preprocess(gatherFields, offer), 'offered', ({ to, ...text }) => ({
      name: 'handOff',
      payload: (envelope: Envelope) => ({ ...envelope, to }),
      text,
    })),
  )

  desk.post('/leads/:id/handoff/answer', needs('workLeads'), c =>
    take(c, deps, handoffAnswer, 'answered', said => ({
      name: 'answerHandoff',
      payload: (envelope: Envelope) => ({ ...envelope, ...said }),
    })),
  )

  desk.post('/leads/:id/close', needs('workLeads'), c =>
    take(c, deps, ending, 'closed', said => ({
      name: 'close',
      payload: (envelope: Envelope) => ({ ...envelope, ...said }),
    })),
  )
}

/** Reads the form, says it to the lead, and goes back to where the form was. */
async function take<Name extends MessageName, Said>(
  c: Context<ApiEnv>,
  deps: ApiDeps,
  schema: z.ZodType<Said>,
  done: FlashCode,
  actOf: (said: Said, lead: LeadId) => Omit<Act<Name>, 'lead'>,
): Promise<Response> {
  const lead = leadId.safeParse(c.req.param('id'))
  if (!lead.success) throw new Problem(404, 'not-found')
  const typed = await typedIn(c)
  const back = typed.back === 'queue' ? '/desk' : `/desk/leads/${lead.data}`
  const said = schema.safeParse(typed)
  if (!said.success) return goBack(c, back, 'invalid')
  return sayAndGoBack(c, deps, { lead: lead.data, ...actOf(said.data, lead.data), typed, back, done })
}

/** `field.budget` is the field `budget` of the handoff. */
function gatherFields(typed: unknown): unknown {
  const { success, data } = z.record(z.string(), z.string()).safeParse(typed)
  if (!success) return typed
  const fields: Typed = Object.fromEntries(
    Object.entries(data).flatMap(([name, value]) =>
      name.startsWith('field.') ? [[name.slice('field.'.length), value] as const] : [],
    ),
  )
  return { ...data, fields }
}
