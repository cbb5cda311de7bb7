import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { forEachAtOnce } from '../../cli/at-once.js'
import { verify } from '../../cli/verification.js'
import { bigintColumn, instantColumn, type Pool, row, rows, sql } from '../../db/sql.js'
import { type LeadId, leadId } from '../../domain/ids.js'
import { type BusyDesk, openBusyDesk } from './busy-desk.js'

const weights = { ann: 1, ben: 2, cy: 3 }
const totalWeight = 6
/** Tijdeman's for three members, 1 − 1/(2n − 2), in turns. */
const bound = 0.75

const leadsCount = 200
const pairsCount = 50
const postsAtOnce = 50

const people = `
calendars:
  always: { zone: UTC, hours: 24/7 }
teams:
  floor: { name: Floor, manager: mia }
people:
  ann: { name: Ann Burst, email: ann@burst.example, role: sdr, team: floor, calendar: always }
  ben: { name: Ben Burst, email: ben@burst.example, role: sdr, team: floor, calendar: always }
  cy:  { name: Cy Burst, email: cy@burst.example, role: sdr, team: floor, calendar: always }
  mia: { name: Mia Burst, email: mia@burst.example, role: manager, team: floor, calendar: always }
  oz:  { name: Oz Burst, email: oz@burst.example, role: sales-ops, team: floor, calendar: always }
`

const policy = `
policy: Burst
zone: UTC
sla: normal
sources:
  contact-form: { campaign: general }
pools:
  sdr: { turns: { ann: 1, ben: 2, cy: 3 } }
otherwise: sdr
reviews: { decides: role sales-ops, backup: mia, within: 1h }
slas:
  normal: { clock: always, acknowledge: 2h, firstTouch: 4h }
templates:
  thanks: { subject: "Thank you {{firstName}}", text: "We have your message." }
campaigns:
  general: { notify: full, acknowledge: { by: email, template: thanks } }
`

let desk: BusyDesk
beforeAll(async () => {
  desk = await openBusyDesk({ policy, people })
}, 120_000)
afterAll(() => desk.close(), 60_000)

describe('a burst of leads over HTTP, with two workers', { timeout: 180_000 }, () => {
  it('gives each one owner, and every prefix of the ledger is as fair as Tijdeman promises', async () => {
    const leads: LeadId[] = []
    await forEachAtOnce(postsAtOnce, numbers(leadsCount), async n => {
      leads.push(await desk.post(buyer(n)))
    })
    expect(new Set(leads).size).toBe(leadsCount)
    await settled(desk.db)

    const stories = await storiesOf(desk.db, leads)
    expect(stories).toHaveLength(leadsCount)
    for (const story of stories) {
      expect(story).toMatchObject({
        status: 'assigned',
        assigned: 1,
        thanked: 1,
        turns: 1,
        active: [story.owner],
      })
    }
    const ledger = await ledgerOf(desk.db)
    expect(ledger).toHaveLength(leadsCount)
    expect(new Set(ledger.map(({ lead, hop }) => `${lead} ${hop}`)).size).toBe(leadsCount)
    expect(ledger.map(({ seq }) => Number(seq))).toEqual(numbers(leadsCount).map(n => n + 1))
    const ownerOf = new Map(stories.map(({ lead, owner }) => [lead, owner]))
    expect(ledger.filter(({ lead, rep }) => ownerOf.get(lead) !== rep)).toEqual([])
    const worst = furthestFromShare(ledger)
    console.log(
      `${leads.length} leads: ${sayTaken(ledger)}; worst deviation ${worst.toFixed(2)} of bound ${bound}`,
    )
    expect(worst).toBeLessThanOrEqual(bound)
  })

  it('makes one lead of two posts of one person at the same instant, every time', async () => {
    const turnsBefore = (await ledgerOf(desk.db)).length
    const pairs: [LeadId, LeadId][] = []
    await forEachAtOnce(postsAtOnce / 2, numbers(pairsCount), async n => {
      const [one, other] = twins(n)
      pairs.push(await Promise.all([desk.post(one), desk.post(other)]))
    })
    expect(new Set(pairs.flat()).size).toBe(2 * pairsCount)
    await settled(desk.db)

    const stories = new Map((await storiesOf(desk.db, pairs.flat())).map(story => [story.lead, story]))
    const ended = pairs.map(pair => pair.flatMap(lead => stories.get(lead) ?? []))
    for (const pair of ended) {
      const survivors = pair.filter(isOwned).map(({ lead }) => lead)
      const joined = pair.filter(isMerged).map(({ owner, active, into }) => ({ owner, active, into }))
      expect(survivors, JSON.stringify(pair)).toHaveLength(1)
      expect(joined).toEqual(survivors.map(into => ({ owner: null, active: [], into })))
      for (const what of ['assigned', 'turns', 'joined', 'thanked'] as const) {
        expect(sum(pair.map(story => story[what])), `${what}: ${JSON.stringify(pair)}`).toBe(1)
      }
    }
    const ledger = await ledgerOf(desk.db)
    expect(ledger.map(({ seq }) => Number(seq))).toEqual(numbers(turnsBefore + pairsCount).map(n => n + 1))
    const worst = furthestFromShare(ledger)
    const both = ended.flat()
    console.log(
      `${pairs.length} pairs, received ${sayApart(ended)}: ${both.filter(isOwned).length} owned, ` +
        `${both.filter(isMerged).length} merged, ${ledger.length - turnsBefore} turns; ` +
        `with those before ${sayTaken(ledger)}, worst deviation ${worst.toFixed(2)} of bound ${bound}`,
    )
    expect(worst).toBeLessThanOrEqual(bound)
  })

  it('leaves tables, timelines, decisions and histories that agree', async () => {
    const { leads, findings } = await verify(desk, null)
    console.log(`verified ${leads} leads: ${findings.length} findings`)
    expect(findings).toEqual([])
    expect(leads).toBe(leadsCount + 2 * pairsCount)
  })
})

const buyer = (n: number) => ({
  source: 'contact-form',
  name: `Beth Buyer${n}`,
  email: `beth@buyer${n}.example`,
  company: `Buyer ${n}`,
  country: 'GB',
})

/** One person twice: typed alike, typed otherwise, or leaving the address out. The numbers are Ofcom's for fiction. */
function twins(n: number): [Record<string, string>, Record<string, string>] {
  const number = String(n).padStart(4, '0')
  const about = { source: 'contact-form', name: 'Tess Twin', company: `Twins ${n}`, country: 'GB' }
  const one = { ...about, email: `tess@twins${n}.example`, phone: `+44 20 7946 ${number}` }
  if (n % 3 === 0) return [one, one]
  const otherPhone = `(020) 7946-${number}`
  if (n % 3 === 1) return [{ ...one, email: `Tess@TWINS${n}.example`, phone: otherPhone }, one]
  return [one, { ...about, phone: otherPhone }]
}

/** Waits, bounded, until every lead is through: owned, saved and thanked for, in review, or over and its history kept. */
async function settled(db: Pool): Promise<void> {
  const underWay = sql`
    select count(*)::int as n from leads l
    where status = 'received' or (status = 'closed' and history_copied_at is null)
       or (owner is not null and (
         not exists (select from assignments a where a.lead_id = l.id and a.saved_at is not null)
         or not exists (select from events e where e.lead_id = l.id and e.key = 'prospect')))`
  const count = async () => (await row(db, z.object({ n: z.int() }), underWay)).n
  await expect.poll(count, { timeout: 150_000, interval: 250 }).toBe(0)
}

/** What became of each: its end, and how often a thing happened to it that must happen once. */
function storiesOf(db: Pool, leads: readonly LeadId[]) {
  return rows(
    db,
    z
      .object({
        lead: leadId,
        received_at: instantColumn,
        status: z.string(),
        owner: z.string().nullable(),
        outcome: z.string().nullable(),
        into: leadId.nullable(),
        active: z.array(z.string()),
        assigned: z.int(),
        joined: z.int(),
        thanked: z.int(),
        turns: z.int(),
      })
      .transform(({ received_at: receivedAtMs, ...story }) => ({ receivedAtMs, ...story })),
    sql`select l.id as lead, l.received_at, l.status, l.owner, l.outcome, l.merged_into as into,
               array(select a.owner from assignments a where a.lead_id = l.id and a.ended_at is null) as active,
               told.*, (select count(*)::int from turns t where t.lead_id = l.id) as turns
        from leads l
        cross join lateral (
          select count(*) filter (where kind = 'assigned')::int as assigned,
                 count(*) filter (where kind = 'submissionJoined')::int as joined,
                 count(*) filter (where kind in ('prospectAcknowledged', 'prospectNotAcknowledged'))::int as thanked
          from events e where e.lead_id = l.id) told
        where l.id = any(${leads}::uuid[])`,
  )
}

type Story = Awaited<ReturnType<typeof storiesOf>>[number]

const isOwned = ({ status, owner }: Story) => status === 'assigned' && owner !== null
const isMerged = ({ status, outcome }: Story) => status === 'closed' && outcome === 'merged'

/** How much at the same instant the posts of a pair were taken in: half of the pairs within the first figure. */
function sayApart(pairs: readonly (readonly Story[])[]): string {
  const apartMs = pairs
    .map(pair => pair.map(({ receivedAtMs }) => receivedAtMs))
    .map(atMs => Math.max(...atMs) - Math.min(...atMs))
    .sort((one, other) => one - other)
  return `${apartMs[Math.floor(apartMs.length / 2)]} ms apart in the median, ${apartMs.at(-1)} at most`
}

type Turn = { seq: bigint; rep: string; lead: LeadId; hop: number }

function ledgerOf(db: Pool): Promise<Turn[]> {
  return rows(
    db,
    z.object({ seq: bigintColumn, rep: z.string(), lead: leadId, hop: z.int() }),
    sql`select seq, rep, lead_id as lead, hop from turns where pool = 'sdr' order by seq`,
  )
}

/** In turns, the furthest that anybody was from their share after any of these turns; reckoned anew, in whole numbers. */
function furthestFromShare(ledger: readonly Turn[]): number {
  let furthest = 0
  for (const [index] of ledger.entries()) {
    const taken = takenOf(ledger.slice(0, index + 1))
    for (const [rep, weight] of Object.entries(weights)) {
      const off = (taken.get(rep) ?? 0) * totalWeight - (index + 1) * weight
      furthest = Math.max(furthest, Math.abs(off))
    }
  }
  return furthest / totalWeight
}

function takenOf(ledger: readonly Turn[]): Map<string, number> {
  const taken = new Map<string, number>()
  for (const { rep } of ledger) taken.set(rep, (taken.get(rep) ?? 0) + 1)
  return taken
}

function sayTaken(ledger: readonly Turn[]): string {
  const taken = takenOf(ledger)
  return Object.keys(weights)
    .map(rep => `${rep} ${taken.get(rep) ?? 0}`)
    .join(', ')
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
