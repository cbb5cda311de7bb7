import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { execute, row, rows, sql } from '../../db/sql.js'
import { addLeave } from '../../db/leaves.js'
import { type LeadId, repId } from '../../domain/ids.js'
import type { LeadOutcome } from '../../workflows/lead.js'
import { type Desk, openDesk } from './a-desk.js'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

let count = 0
const somebody = (more: Record<string, unknown> = {}) => {
  count += 1
  return {
    name: `Person ${count}`,
    email: `person${count}@company${count}.example`,
    company: `Company ${count}`,
    country: 'GB',
    ...more,
  }
}

const ownerOf = async (lead: LeadId) =>
  (
    await row(
      desk.db,
      z.object({ owner: z.string().nullable() }),
      sql`select owner from leads where id = ${lead}`,
    )
  ).owner

const result = async (lead: LeadId): Promise<LeadOutcome> => desk.handle(lead).result()

async function ownedByAna(): Promise<LeadId> {
  const lead = await desk.submit(somebody({ product: 'for-ana' }))
  await desk.until(lead, 'told')
  return lead
}

describe('a lead that is worked on in time', () => {
  it('gets an owner, is saved before anyone is told, is acknowledged, touched and converted', async () => {
    const lead = await ownedByAna()
    expect(await ownerOf(lead)).toBe('ana')
    expect(await desk.say(lead, 'acknowledge')).toEqual({ ok: true, status: 'acknowledged', owner: 'ana' })
    expect(await desk.say(lead, 'recordTouch', { kind: 'call' })).toEqual({
      ok: true,
      status: 'working',
      owner: 'ana',
    })
    expect(await desk.say(lead, 'close', { outcome: 'converted' })).toMatchObject({
      ok: true,
      status: 'closed',
    })
    expect(await result(lead)).toEqual({ outcome: 'converted', owner: 'ana', mergedInto: null, hops: 1 })
    const kinds = await desk.kinds(lead)
    expect(kinds.indexOf('saved')).toBeLessThan(kinds.indexOf('told'))
    expect(kinds).toEqual(
      expect.arrayContaining([
        'received',
        'prepared',
        'enriched',
        'assigned',
        'prospectAcknowledged',
        'acknowledged',
        'touched',
        'clockMet',
        'closed',
      ]),
    )
    expect(kinds).not.toContain('breached')
    await desk.keepHistory('acknowledged-touched-converted', lead)
  })

  it('is thanked by email, and its owner gets the brief by email too', async () => {
    const lead = await desk.submit(
      somebody({ email: 'tess@thanks.example', firstName: 'Tess', product: 'for-ana' }),
    )
    await desk.until(lead, 'told')
    await desk.until(lead, 'prospectAcknowledged')
    expect(desk.mails).toContainEqual(
      expect.objectContaining({ to: 'tess@thanks.example', subject: 'Thank you Tess' }),
    )
    expect(
      desk.mails.some(({ to, text }) => to === 'ana@leadline.test' && text.includes('tess@thanks.example')),
    ).toBe(true)
    await desk.say(lead, 'close', { outcome: 'lost' })
  })

  it('is enriched from the policy and routed by what that says', async () => {
    const lead = await desk.submit(somebody({ email: 'x@known.example', company: 'Known' }))
    await desk.until(lead, 'told')
    expect(await ownerOf(lead)).toBe('dora')
    await desk.say(lead, 'close', { outcome: 'lost' }, 'dora')
  })
})

describe('an owner who stays silent', () => {
  it('is reminded, then breaches, the manager is told, the lead moves on once and ends at a named person', async () => {
    const lead = await ownedByAna()
    await desk.pass(61)
    await desk.until(lead, 'assigned', 2)
    const second = await ownerOf(lead)
    expect(['ben', 'cleo']).toContain(second)
    await desk.pass(61)
    await desk.until(lead, 'assigned', 3)
    expect(await ownerOf(lead)).toBe('mara')
    const story = await desk.story(lead)
    const breach = story.find(({ kind }) => kind === 'breached')
    expect(breach?.kind === 'breached' && breach.data.dueAtMs).toBe(breach?.atMs)
    const first = story.find(({ kind }) => kind === 'assigned')
    expect(breach && first && breach.atMs - first.atMs).toBe(30 * 60_000)
    expect(story.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['reminded', 'breached', 'escalated', 'lapsed']),
    )
    await desk.say(lead, 'recordTouch', { kind: 'call' }, 'mara', 'manager')
    expect(await desk.say(lead, 'close', { outcome: 'converted' }, 'mara', 'manager')).toMatchObject({
      ok: true,
    })
    expect((await result(lead)).hops).toBe(3)
    await desk.keepHistory('breached-re-routed-ended-at-a-named-person', lead)
  })

  it('keeps the lead when the touch comes after the reminder but in time', async () => {
    const lead = await ownedByAna()
    await desk.pass(20)
    await desk.until(lead, 'reminded')
    expect(await desk.say(lead, 'recordTouch', { kind: 'email' })).toMatchObject({ ok: true })
    await desk.pass(300)
    expect(await desk.kinds(lead)).not.toContain('breached')
    await desk.say(lead, 'close', { outcome: 'converted' })
  })
})

describe('people decide', () => {
  it('corrects what is missing and the lead is routed by the rules', async () => {
    const lead = await desk.submit(
      somebody({ source: 'demo-form', country: undefined, email: 'q@no-country.example' }),
    )
    await desk.until(lead, 'reviewOpened')
    const review = await row(
      desk.db,
      z.object({ id: z.string(), kind: z.string(), decides: z.string() }),
      sql`select id, kind, decides from reviews where lead_id = ${lead}`,
    )
    expect(review).toMatchObject({ kind: 'missing-critical', decides: 'oskar' })
    await desk.write('fix-1', lead, { fields: { country: 'GB' } })
    const answer = await desk.say(
      lead,
      'decideReview',
      { requestId: 'fix-1', review: review.id, decision: { choice: 'correct' } },
      'oskar',
      'operations',
    )
    expect(answer).toMatchObject({ ok: true, status: 'assigned' })
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    await desk.keepHistory('review-corrected', lead)
  })

  it('assigns by the rules what a person lets pass without the missing field, and asks nobody again', async () => {
    const lead = await desk.submit(
      somebody({ source: 'demo-form', country: undefined, email: 'pass@no-country3.example' }),
    )
    await desk.until(lead, 'reviewOpened')
    const review = await row(
      desk.db,
      z.object({ id: z.string() }),
      sql`select id from reviews where lead_id = ${lead}`,
    )
    const decision = { review: review.id, decision: { choice: 'assign' } }
    expect(await desk.say(lead, 'decideReview', decision, 'oskar', 'operations')).toMatchObject({
      status: 'assigned',
    })
    expect((await desk.kinds(lead)).filter(kind => kind === 'reviewOpened')).toHaveLength(1)
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('goes on without them when neither the decision owner nor the backup decides in time', async () => {
    const lead = await desk.submit(
      somebody({ source: 'demo-form', country: undefined, email: 'z@no-country2.example' }),
    )
    await desk.until(lead, 'reviewOpened')
    await desk.pass(61)
    await desk.until(lead, 'reviewEscalated')
    await desk.pass(61)
    await desk.until(lead, 'assigned')
    expect(await desk.kinds(lead)).toContain('reviewTimedOut')
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    await desk.keepHistory('review-timed-out', lead)
  })

  it('gives a lead that two accounts claim to whom they choose, and the prospect is thanked meanwhile', async () => {
    for (const owner of ['ben', 'cleo']) {
      await execute(
        desk.db,
        sql`insert into crm_accounts (id, name, domain, customer, owner)
            values (${`of-${owner}`}, 'Twice', 'twice.example', true, ${owner})`,
      )
    }
    const lead = await desk.submit(somebody({ email: 'q@twice.example' }))
    await desk.until(lead, 'reviewOpened')
    await desk.until(lead, 'prospectAcknowledged')
    const review = await row(
      desk.db,
      z.object({ id: z.string(), kind: z.string() }),
      sql`select id, kind from reviews where lead_id = ${lead}`,
    )
    expect(review.kind).toBe('ambiguous-rule')
    const decision = { review: review.id, decision: { choice: 'assign', rep: 'cleo' } }
    expect(await desk.say(lead, 'decideReview', decision, 'oskar', 'operations')).toMatchObject({
      status: 'assigned',
      owner: 'cleo',
    })
    await desk.say(lead, 'close', { outcome: 'lost' }, 'cleo')

    const undecided = await desk.submit(somebody({ email: 'r@twice.example' }))
    await desk.until(undecided, 'reviewOpened')
    await desk.pass(61)
    await desk.until(undecided, 'reviewEscalated')
    await desk.pass(61)
    await desk.until(undecided, 'assigned')
    await desk.say(undecided, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('gives a lead away at once where the policy approves, never back to who gave it', async () => {
    const lead = await ownedByAna()
    expect(await desk.say(lead, 'requestReassignment', { reason: 'conflict-of-interest' })).toMatchObject({
      ok: true,
      status: 'assigned',
    })
    expect(await ownerOf(lead)).not.toBe('ana')
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    await desk.keepHistory('reassignment-approved-by-policy', lead)
  })

  it('lets the manager refuse a request, and the owner stays', async () => {
    const lead = await ownedByAna()
    expect(
      await desk.say(lead, 'requestReassignment', { requestId: 'ask-1', reason: 'capacity' }),
    ).toMatchObject({ ok: true, owner: 'ana' })
    expect(
      await desk.say(lead, 'decideReassignment', { request: 'ask-1', approve: false }, 'ben'),
    ).toMatchObject({ ok: false, code: 'not-decider' })
    expect(
      await desk.say(lead, 'decideReassignment', { request: 'ask-1', approve: false }, 'mara', 'manager'),
    ).toMatchObject({ ok: true, owner: 'ana' })
    expect(await desk.say(lead, 'requestReassignment', { reason: 'no-such-reason' })).toMatchObject({
      ok: false,
      code: 'unknown-reason',
    })
    await desk.say(lead, 'close', { outcome: 'lost' })
    await desk.keepHistory('reassignment-refused', lead)
  })

  it('refuses an incomplete handoff with what is missing, and hands over a complete one that is accepted', async () => {
    const lead = await ownedByAna()
    expect(await desk.say(lead, 'handOff', { to: 'dora' })).toMatchObject({
      ok: false,
      code: 'incomplete',
      detail: ['budget', 'notes'],
    })
    await desk.write('hand-1', lead, { fields: { budget: '10k' }, notes: 'They want to start in June.' })
    expect(await desk.say(lead, 'handOff', { requestId: 'hand-1', to: 'dora' })).toMatchObject({
      ok: true,
      owner: 'ana',
    })
    expect(await desk.say(lead, 'answerHandoff', { accept: true }, 'dora')).toMatchObject({
      ok: true,
      owner: 'dora',
    })
    await desk.say(lead, 'close', { outcome: 'converted' }, 'dora')
    await desk.keepHistory('handoff-accepted', lead)
  })

  it('leaves the lead with its owner when the receiver declines', async () => {
    const lead = await ownedByAna()
    await desk.write('hand-2', lead, { fields: { budget: '10k' }, notes: 'They want to start in June.' })
    await desk.say(lead, 'handOff', { requestId: 'hand-2', to: 'dora' })
    expect(
      await desk.say(lead, 'answerHandoff', { accept: false, reason: 'too-small' }, 'dora'),
    ).toMatchObject({ ok: true, owner: 'ana' })
    await desk.say(lead, 'close', { outcome: 'lost' })
    await desk.keepHistory('handoff-declined', lead)
  })
})

describe('duplicates and people who are away', () => {
  it('makes one lead of two submissions of one person: one owner, one clock, the owner hears of it', async () => {
    const person = somebody({ product: 'for-ana' })
    const first = await desk.submit(person)
    await desk.until(first, 'told')
    const second = await desk.submit(person)
    expect(await result(second)).toMatchObject({ outcome: 'merged', mergedInto: first, owner: null })
    await desk.until(first, 'told', 2)
    const active = await rows(
      desk.db,
      z.object({ lead_id: z.string() }),
      sql`select lead_id from assignments where lead_id in (${first}, ${second})`,
    )
    expect(active).toEqual([{ lead_id: first }])
    await desk.say(first, 'close', { outcome: 'lost' })
    await desk.keepHistory('joined', second)
  })

  it('starts anew when the lead that it would join has closed', async () => {
    const person = somebody({ product: 'for-ana' })
    const first = await desk.submit(person)
    await desk.until(first, 'told')
    await desk.say(first, 'close', { outcome: 'lost' })
    await result(first)
    const second = await desk.submit(person)
    await desk.until(second, 'assigned')
    expect(await ownerOf(second)).toBe('ana')
    await desk.say(second, 'close', { outcome: 'lost' })
    await desk.keepHistory('started-anew', second)
  })

  it('gives nothing to a rep on leave', async () => {
    const atMs = await desk.now()
    await addLeave(desk.db, { rep: repId.parse('ana'), fromMs: atMs, untilMs: null, by: 'test', atMs })
    const lead = await desk.submit(somebody({ product: 'for-ana' }))
    await desk.until(lead, 'assigned')
    expect(['ben', 'cleo']).toContain(await ownerOf(lead))
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('disqualifies a disposable address without thanking it', async () => {
    const lead = await desk.submit(somebody({ email: 'x@mailinator.com', company: undefined }))
    expect((await result(lead)).outcome).toBe('disqualified')
    expect(await desk.kinds(lead)).not.toContain('prospectAcknowledged')
    await desk.keepHistory('disqualified', lead)
  })
})
