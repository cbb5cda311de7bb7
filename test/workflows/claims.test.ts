import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { endOfRequest, endOfReview } from '../../db/decided-items.js'
import { row, rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import type { LeadId } from '../../domain/ids.js'
import { type Desk, openDesk } from './a-desk.js'
import { people, policy } from './desk-documents.js'

/** Nadia, too, may act for everyone. Whoever was refused another owner waits for a day. */
const staff = `${people}  nadia: { name: Nadia Blum, email: nadia@leadline.test, role: manager, team: south, calendar: always }
`
const rules = policy
  .replace('decides: mara, within: 2h }', 'decides: mara, within: 2h, coolDown: 24h }')
  .replace('  backup: mara\n', '  backup: nadia\n')

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ people: staff, policy: rules })
})
afterAll(() => desk.close())

let count = 0
async function ownedByAna(more: Record<string, unknown> = {}): Promise<LeadId> {
  count += 1
  const lead = await desk.submit({
    name: `Person ${count}`,
    email: `p${count}@c${count}.example`,
    company: `Company ${count}`,
    country: 'GB',
    product: 'for-ana',
    ...more,
  })
  await desk.until(lead, 'told')
  return lead
}

const claim = (lead: LeadId, by: string) =>
  desk.say(lead, 'requestReassignment', { reason: 'capacity', wanted: by }, by)

async function openReviewOf(lead: LeadId): Promise<string> {
  const { id } = await row(
    desk.db,
    z.object({ id: z.string() }),
    sql`select id from reviews where lead_id = ${lead} and ended_at is null`,
  )
  return id
}

async function toldOf(lead: LeadId, about: string, times = 1): Promise<string[][]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const told = (await desk.story(lead)).flatMap(event =>
      event.kind === 'told' && event.data.about === about ? [event.data.recipients] : [],
    )
    if (told.length >= times) return told
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`nobody was told: ${about}`)
}

describe('a lead that two say is theirs', () => {
  it('goes to the claimant when the owner’s manager says so; all three hear of it', async () => {
    const lead = await ownedByAna()
    expect(await claim(lead, 'ben')).toEqual({ ok: true, status: 'assigned', owner: 'ana' })
    expect(await claim(lead, 'cleo')).toMatchObject({ ok: false, code: 'wrong-state', owner: 'ana' })
    const review = await openReviewOf(lead)
    expect(await toldOf(lead, 'review')).toEqual([['mara']])
    // The owner works on meanwhile.
    expect(await desk.say(lead, 'recordTouch', { kind: 'call' })).toMatchObject({ status: 'working' })
    const decision = { review, decision: { choice: 'assign' } }
    expect(await desk.say(lead, 'decideReview', decision, 'ben')).toMatchObject({ code: 'not-decider' })
    expect(await desk.say(lead, 'decideReview', decision, 'mara', 'manager')).toEqual({
      ok: true,
      status: 'assigned',
      owner: 'ben',
    })
    expect(await toldOf(lead, 'claim-decided')).toEqual([['ben']])
    expect(await toldOf(lead, 'moved-on')).toEqual([['ana']])
    await desk.say(lead, 'close', { outcome: 'lost' }, 'ben')
    expect(await violations(desk.db, lead)).toEqual([])
    await desk.keepHistory('claim-granted', lead)
  })

  it('stays with its owner when the claim is refused, or nobody decides it', async () => {
    const lead = await ownedByAna()
    await claim(lead, 'ben')
    const decision = { review: await openReviewOf(lead), decision: { choice: 'keepOwner' } }
    expect(await desk.say(lead, 'decideReview', decision, 'mara', 'manager')).toMatchObject({ owner: 'ana' })
    expect(await toldOf(lead, 'claim-decided')).toEqual([['ben']])
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    await claim(lead, 'cleo')
    await desk.pass(61)
    await desk.until(lead, 'reviewEscalated')
    await desk.pass(61)
    await desk.until(lead, 'reviewTimedOut')
    expect(await toldOf(lead, 'claim-decided', 2)).toEqual([['ben'], ['cleo']])
    await desk.say(lead, 'close', { outcome: 'lost' })
    expect(await violations(desk.db, lead)).toEqual([])
  })

  it('is nobody’s question any more once it has moved on, and the claimant hears so', async () => {
    const lead = await ownedByAna()
    await claim(lead, 'ben')
    await desk.say(lead, 'requestReassignment', { reason: 'conflict-of-interest' })
    expect(await desk.kinds(lead)).toContain('reviewSuperseded')
    expect(await toldOf(lead, 'claim-decided')).toEqual([['ben']])
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    expect(await violations(desk.db, lead)).toEqual([])
  })
})

describe('two managers who decide at once', () => {
  it('about a claim: one wins, and the record has for the other what was decided, by whom and when', async () => {
    const lead = await ownedByAna()
    await claim(lead, 'ben')
    const review = await openReviewOf(lead)
    const [assigned, kept] = await Promise.all([
      desk.say(lead, 'decideReview', { review, decision: { choice: 'assign' } }, 'mara', 'manager'),
      desk.say(lead, 'decideReview', { review, decision: { choice: 'keepOwner' } }, 'nadia', 'manager'),
    ])
    const isFirst = assigned.ok
    expect([assigned.ok, kept.ok].sort()).toEqual([false, true])
    expect(isFirst ? kept : assigned).toMatchObject({ code: 'no-such-item' })
    expect(await endOfReview(desk.db, review)).toMatchObject(
      isFirst ? { choice: 'assign', to: null, by: 'mara' } : { choice: 'keepOwner', to: null, by: 'nadia' },
    )
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('about a request: the same', async () => {
    const lead = await ownedByAna()
    const request = `ask-${lead}`
    await desk.say(lead, 'requestReassignment', { requestId: request, reason: 'capacity' })
    const [yes, no] = await Promise.all([
      desk.say(lead, 'decideReassignment', { request, approve: true, to: 'ben' }, 'mara', 'manager'),
      desk.say(lead, 'decideReassignment', { request, approve: false }, 'nadia', 'manager'),
    ])
    expect([yes.ok, no.ok].sort()).toEqual([false, true])
    expect(await endOfRequest(desk.db, request)).toMatchObject(
      yes.ok ? { choice: 'approved', by: 'mara' } : { choice: 'refused', by: 'nadia' },
    )
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    expect(await violations(desk.db, lead)).toEqual([])
  })
})

describe('an owner who was refused', () => {
  it('may not ask again for a day, and hears until when', async () => {
    const lead = await ownedByAna()
    const request = `ask-${lead}`
    await desk.say(lead, 'requestReassignment', { requestId: request, reason: 'capacity' })
    await desk.say(lead, 'decideReassignment', { request, approve: false }, 'mara', 'manager')
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    const story = await desk.story(lead)
    const refusedAtMs = story.find(({ kind }) => kind === 'reassignmentDecided')?.atMs ?? 0
    const untilMs = refusedAtMs + 24 * 3_600_000
    expect(await desk.say(lead, 'requestReassignment', { reason: 'capacity' })).toMatchObject({
      ok: false,
      code: 'cooling-down',
      detail: [new Date(untilMs).toISOString()],
      owner: 'ana',
    })
    await desk.pass(24 * 60 + 1)
    expect(await desk.say(lead, 'requestReassignment', { reason: 'capacity' })).toMatchObject({ ok: true })
    await desk.say(lead, 'close', { outcome: 'lost' })
    expect(await violations(desk.db, lead)).toEqual([])
    await desk.keepHistory('reassignment-cooling-down', lead)
  })
})

describe('a lead that a reviewer corrects', () => {
  async function inReview(email: string): Promise<{ lead: LeadId; review: string }> {
    const lead = await desk.submit({ source: 'demo-form', name: 'Q', company: `Of ${email}`, email })
    await desk.until(lead, 'reviewOpened')
    return { lead, review: await openReviewOf(lead) }
  }
  async function correct({ lead, review }: { lead: LeadId; review: string }, fields: object) {
    const requestId = `fix-${lead}`
    await desk.write(requestId, lead, { fields })
    const said = { requestId, review, decision: { choice: 'correct' } }
    return desk.say(lead, 'decideReview', said, 'oskar', 'operations')
  }

  it('is disqualified when what was corrected is what the policy disqualifies', async () => {
    const waits = await inReview('person@no-country-1.example')
    expect(await correct(waits, { country: 'GB', email: 'person@mailinator.com' })).toMatchObject({
      ok: true,
      status: 'closed',
    })
    expect(await desk.handle(waits.lead).result()).toMatchObject({ outcome: 'disqualified' })
    expect(await violations(desk.db, waits.lead)).toEqual([])
  })

  it('is asked about again when something critical is still missing', async () => {
    const waits = await inReview('person@no-country-2.example')
    expect(await correct(waits, { product: 'for-ana' })).toMatchObject({ ok: true, status: 'in_review' })
    const again = await openReviewOf(waits.lead)
    expect(again).not.toBe(waits.review)
    expect(await desk.say(waits.lead, 'close', { outcome: 'lost' }, 'mara', 'manager')).toMatchObject({
      ok: true,
    })
  })

  it('joins nobody by that, but whoever comes next joins it by what it says now', async () => {
    const known = await ownedByAna({ email: 'known@twin.example', company: 'Twin' })
    const waits = await inReview('typo@twin-no-country.example')
    expect(
      await correct(waits, { country: 'GB', email: 'known@twin.example', product: 'for-ana' }),
    ).toMatchObject({ ok: true, status: 'assigned', owner: 'ana' })
    const open = await rows(
      desk.db,
      z.object({ id: z.string(), status: z.string() }),
      sql`select id, status from leads where id in (${known}, ${waits.lead}) order by received_at`,
    )
    expect(open).toEqual([
      { id: known, status: 'assigned' },
      { id: waits.lead, status: 'assigned' },
    ])
    await desk.say(known, 'close', { outcome: 'lost' })
    await desk.handle(known).result()
    const next = await desk.submit({ name: 'Q', email: 'known@twin.example', country: 'GB' })
    expect(await desk.handle(next).result()).toMatchObject({ outcome: 'merged', mergedInto: waits.lead })
    await desk.say(waits.lead, 'close', { outcome: 'lost' })
  })
})
