/**
 * Two people, or a person and a clock, at the same moment: one wins, the other hears what became of it, and nothing that
 * must always be true is broken. 20 rounds each; `npm run prove` plays 200.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { row, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import type { LeadId } from '../../domain/ids.js'
import type { Answer } from '../../domain/messages.js'
import { type Desk, openDesk } from './a-desk.js'

const rounds = process.env.LEADLINE_PROVE === '1' ? 200 : 20

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

let count = 0
const somebody = (more: Record<string, unknown> = {}) => {
  count += 1
  return { email: `p${count}@race${count}.example`, company: `Race ${count}`, country: 'GB', ...more }
}

async function ownedByAna(): Promise<LeadId> {
  const lead = await desk.submit(somebody({ product: 'for-ana' }))
  await desk.until(lead, 'told')
  return lead
}

const ownerOf = async (lead: LeadId) =>
  (
    await row(
      desk.db,
      z.object({ owner: z.string().nullable() }),
      sql`select owner from leads where id = ${lead}`,
    )
  ).owner

const countOf = async (lead: LeadId, kind: string) =>
  (await desk.kinds(lead)).filter(known => known === kind).length

/** Which of two came first differs from round to round, or the race is none. */
function aRace(play: () => Promise<string>): () => Promise<void> {
  return async () => {
    const winners: string[] = []
    for (let round = 0; round < rounds; round++) winners.push(await play())
    expect(winners).toHaveLength(rounds)
    const found = await violations(desk.db, null)
    expect(found).toEqual([])
  }
}

const end = (lead: LeadId) => desk.post(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')

/** Said a little before or after the other, as the round has it. */
async function shortly<T>(work: () => Promise<T>): Promise<T> {
  await new Promise(resolve => setTimeout(resolve, Math.random() * 12))
  return work()
}

const timeoutMs = 60_000 + rounds * 4_000

describe('at the same moment', () => {
  it(
    'an owner acknowledges and the lead is taken from them: it stays, or the owner hears whose it is',
    aRace(async () => {
      const lead = await ownedByAna()
      await desk.pass(59.95)
      const [, answer] = await Promise.all([desk.pass(0.1), shortly(() => desk.post(lead, 'acknowledge'))])
      if (answer.ok) {
        expect(await ownerOf(lead)).toBe('ana')
        expect(await countOf(lead, 'lapsed')).toBe(0)
      } else {
        expect(answer.code).toBe('not-owner')
        expect(answer.owner).not.toBe('ana')
        expect(await countOf(lead, 'lapsed')).toBe(1)
      }
      await end(lead)
      return answer.ok ? 'owner' : 'clock'
    }),
    timeoutMs,
  )

  it(
    'two managers decide one review: the first decides, the other hears that it is decided',
    aRace(async () => {
      const lead = await desk.submit(somebody({ source: 'demo-form', country: undefined }))
      await desk.until(lead, 'reviewOpened')
      const opened = (await desk.story(lead)).find(({ kind }) => kind === 'reviewOpened')
      const review = opened?.kind === 'reviewOpened' ? opened.data.review : ''
      const decide = (rep: string, by: string, role: string) =>
        shortly(() =>
          desk.post(lead, 'decideReview', { review, decision: { choice: 'assign', rep } }, by, role),
        )
      const answers = await Promise.all([
        decide('ana', 'oskar', 'operations'),
        decide('ben', 'mara', 'manager'),
      ])
      const [won] = answers.filter(({ ok }) => ok)
      const lost = answers.flatMap(answer => (answer.ok ? [] : [answer.code]))
      expect(lost).toEqual(['no-such-item'])
      expect(await ownerOf(lead)).toBe(won?.owner)
      expect(await countOf(lead, 'reviewDecided')).toBe(1)
      await end(lead)
      return won?.owner ?? ''
    }),
    timeoutMs,
  )

  it(
    'a handoff is accepted and the lead is reassigned: one of them happens, the other is refused',
    aRace(async () => {
      const lead = await ownedByAna()
      const handoff = randomUUID()
      await desk.write(handoff, lead, { fields: { budget: 'yes' }, notes: 'wants to see it next week' })
      const offered = await desk.post(lead, 'handOff', { requestId: handoff, to: 'dora' })
      expect(offered.ok).toBe(true)
      const [accepted, reassigned] = await Promise.all([
        shortly(() => desk.post(lead, 'answerHandoff', { accept: true }, 'dora')),
        shortly(() =>
          desk.post(lead, 'requestReassignment', { reason: 'conflict-of-interest', wanted: 'ben' }),
        ),
      ])
      expect([accepted.ok, reassigned.ok].filter(Boolean)).toHaveLength(1)
      expect(await ownerOf(lead)).toBe(accepted.ok ? 'dora' : 'ben')
      expect(refusalOf(accepted, reassigned)).toBe(accepted.ok ? 'not-owner' : 'no-such-item')
      await end(lead)
      return accepted.ok ? 'handoff' : 'reassignment'
    }),
    timeoutMs,
  )

  it(
    'the owner goes on leave and the clock takes the lead: it moves once',
    aRace(async () => {
      const lead = await ownedByAna()
      await desk.pass(59.95)
      const leave = {
        leave: randomUUID(),
        rep: 'ana',
        change: { kind: 'left', cover: 'cleo', touched: 'stay', untilMs: null },
      }
      const [, answer] = await Promise.all([
        desk.pass(0.1),
        shortly(() => desk.post(lead, 'changeOwnerAvailability', leave, 'system', 'system')),
      ])
      await desk.until(lead, 'assigned', 2)
      expect(answer.ok).toBe(true)
      expect((await countOf(lead, 'coverStarted')) + (await countOf(lead, 'lapsed'))).toBe(1)
      expect(await countOf(lead, 'assigned')).toBe(2)
      expect(await ownerOf(lead)).not.toBe('ana')
      const covered = (await countOf(lead, 'coverStarted')) === 1
      await end(lead)
      return covered ? 'leave' : 'clock'
    }),
    timeoutMs,
  )

  it(
    'somebody writes again and the lead is closed: what they wrote joins it, or begins a lead of its own',
    aRace(async () => {
      const body = somebody({ product: 'for-ana' })
      const first = await desk.submit(body)
      await desk.until(first, 'told')
      const [, second] = await Promise.all([
        shortly(() => desk.post(first, 'close', { outcome: 'lost' })),
        shortly(() => desk.submit(body)),
      ])
      await desk.until(second, 'told').catch(() => desk.until(second, 'closed'))
      const joined = (await countOf(first, 'submissionJoined')) === 1
      const { merged_into: mergedInto } = await row(
        desk.db,
        z.object({ merged_into: z.string().nullable() }),
        sql`select merged_into from leads where id = ${second}`,
      )
      expect(mergedInto).toBe(joined ? first : null)
      if (!joined) {
        expect(await ownerOf(second)).toBe('ana')
        await end(second)
      }
      return joined ? 'joined' : 'closed'
    }),
    timeoutMs,
  )
})

function refusalOf(...answers: Answer[]): string | undefined {
  return answers.flatMap(answer => (answer.ok ? [] : [answer.code]))[0]
}
