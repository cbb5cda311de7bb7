import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decisionsOf } from '../../db/ownership.js'
import { policyOfVersion } from '../../db/policies.js'
import { rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import { reExecute } from '../../domain/decide.js'
import type { LeadId } from '../../domain/ids.js'
import { type Desk, openDesk } from './a-desk.js'
import { people, policy } from './desk-documents.js'

/** Two account executives, who take turns and are offered what no SDR names anybody for. */
const staff = `${people}  emil: { name: Emil Roth, email: emil@leadline.test, role: ae, team: south, calendar: always }
`
const withTerms = (onTimeout: 'back' | 'up') =>
  policy
    .replace('pools:\n', 'pools:\n  closers: { turns: { dora: 1, emil: 1 } }\n')
    .replace('accept: 4h, sla: normal }', `accept: 4h, sla: calm, assign: closers, onTimeout: ${onTimeout} }`)
    .replace(
      'slas:\n',
      `slas:
  calm:
    clock: always
    firstTouch: 24h
    steps: [{ at: 100%, do: tell manager }]
    reRoutes: { most: 1, then: manager of owner }
`,
    )

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ people: staff, policy: withTerms('back') })
})
afterAll(() => desk.close())

const complete = { fields: { budget: '10k' }, notes: 'They want to start in June.' }
let count = 0
/** Ana has called them. */
async function worked(at: Desk = desk): Promise<LeadId> {
  count += 1
  const lead = await at.submit({
    name: `Person ${count}`,
    email: `p${count}@c${count}.example`,
    company: `Company ${count}`,
    country: 'GB',
    product: 'for-ana',
  })
  await at.until(lead, 'told')
  expect(await at.say(lead, 'recordTouch', { kind: 'call' })).toMatchObject({ ok: true })
  return lead
}

async function handOff(lead: LeadId, payload: Record<string, unknown> = {}, at: Desk = desk) {
  count += 1
  const requestId = `hand-${count}`
  await at.write(requestId, lead, complete)
  return at.say(lead, 'handOff', { requestId, ...payload })
}

/** Whom it was offered to last. */
async function receiverOf(lead: LeadId, at: Desk = desk): Promise<string> {
  const offers = (await at.story(lead)).filter(event => event.kind === 'handoffOffered')
  const to = offers.at(-1)?.data.to
  if (to === undefined) throw new Error('nothing was offered')
  return to
}

/** `taken dora`, `given_back dora`: of the account executives alone. */
async function turnsOf(lead: LeadId, at: Desk = desk): Promise<string[]> {
  const turns = await rows(
    at.db,
    z.object({ kind: z.string(), rep: z.string() }),
    sql`select kind, rep from turns where lead_id = ${lead} and pool = 'closers' order by seq`,
  )
  return turns.map(({ kind, rep }) => `${kind} ${rep}`)
}

async function repeats(lead: LeadId, at: Desk = desk): Promise<boolean[]> {
  const made = await decisionsOf(at.db, lead)
  return Promise.all(
    made.map(async ({ record }) => {
      return reExecute(await policyOfVersion(at.db, record.input.policyVersion), record).same
    }),
  )
}

describe('a lead that is handed over by the policy’s choice', () => {
  it('is the receiver’s once they accept, under the handoff’s own clocks, and both owners’ times stand apart', async () => {
    const lead = await worked()
    expect(await handOff(lead)).toMatchObject({ ok: true, owner: 'ana', status: 'working' })
    const receiver = await receiverOf(lead)
    await desk.pass(30)
    expect(await desk.say(lead, 'answerHandoff', { accept: true }, receiver)).toMatchObject({
      ok: true,
      owner: receiver,
      status: 'assigned',
    })
    const story = await desk.story(lead)
    const given = story.filter(event => event.kind === 'assigned').at(-1)
    expect(given?.data).toMatchObject({
      owner: receiver,
      from: 'ana',
      cause: 'handoff',
      sla: 'calm',
      clocks: [{ clock: 'firstTouch' }],
    })
    const clock = given?.data.clocks[0]
    expect(clock && given && clock.dueAtMs - given.atMs).toBe(24 * 3_600_000)
    expect(await turnsOf(lead)).toEqual([`taken ${receiver}`])
    expect(await repeats(lead)).toEqual([true, true, true])
    const owners = await rows(
      desk.db,
      z.object({ owner: z.string(), hop: z.int(), minutes: z.int().nullable() }),
      sql`select owner, hop, (extract(epoch from ended_at - assigned_at) / 60)::int as minutes
          from assignments where lead_id = ${lead} order by hop`,
    )
    expect(owners).toEqual([
      { owner: 'ana', hop: 0, minutes: 30 },
      { owner: receiver, hop: 2, minutes: null },
    ])
    await desk.say(lead, 'close', { outcome: 'converted' }, receiver)
    expect(await desk.handle(lead).result()).toMatchObject({ owner: receiver, hops: 3 })
    expect(await violations(desk.db, lead)).toEqual([])
    await desk.keepHistory('handoff-by-the-policy', lead)
  })

  it('is offered to the next one when the first declines, who has the turn back', async () => {
    const lead = await worked()
    await handOff(lead)
    const first = await receiverOf(lead)
    expect(
      await desk.say(lead, 'answerHandoff', { accept: false, reason: 'no-budget' }, first),
    ).toMatchObject({ ok: true, owner: 'ana' })
    expect(await turnsOf(lead)).toEqual([`taken ${first}`, `given_back ${first}`])
    await handOff(lead)
    const second = await receiverOf(lead)
    expect([first, second].sort()).toEqual(['dora', 'emil'])
    await desk.say(lead, 'answerHandoff', { accept: false }, second)
    const refused = await handOff(lead)
    expect(refused).toMatchObject({
      ok: false,
      code: 'unknown-person',
      detail: ['dora:declined', 'emil:declined'],
      owner: 'ana',
    })
    await desk.say(lead, 'close', { outcome: 'lost' })
    expect(await violations(desk.db, lead)).toEqual([])
  })

  it('says all that is missing, and stays where it is', async () => {
    const lead = await worked()
    expect(await desk.say(lead, 'handOff')).toMatchObject({
      ok: false,
      code: 'incomplete',
      detail: ['budget', 'notes'],
      owner: 'ana',
    })
    expect(await turnsOf(lead)).toEqual([])
    await desk.say(lead, 'close', { outcome: 'lost' })
  })

  it('stays with the sender when nobody answers in time; the turn comes back and the manager hears of it', async () => {
    const lead = await worked()
    await handOff(lead)
    const receiver = await receiverOf(lead)
    await desk.pass(4 * 60 + 1)
    await desk.until(lead, 'handoffAnswered')
    expect(await turnsOf(lead)).toEqual([`taken ${receiver}`, `given_back ${receiver}`])
    const answer = await desk.say(lead, 'answerHandoff', { accept: true }, receiver)
    expect(answer).toMatchObject({ ok: false, code: 'no-such-item', owner: 'ana' })
    await desk.say(lead, 'close', { outcome: 'lost' })
    expect(await violations(desk.db, lead)).toEqual([])
    await desk.keepHistory('handoff-timed-out', lead)
  })

  it('ends when the lead moves on for another reason, and the receiver has the turn back', async () => {
    const lead = await worked()
    await handOff(lead)
    const receiver = await receiverOf(lead)
    expect(await desk.say(lead, 'requestReassignment', { reason: 'conflict-of-interest' })).toMatchObject({
      ok: true,
    })
    expect(await desk.kinds(lead)).toContain('handoffSuperseded')
    expect(await turnsOf(lead)).toEqual([`taken ${receiver}`, `given_back ${receiver}`])
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    expect(await violations(desk.db, lead)).toEqual([])
  })

  it('may be handed to somebody by name all the same, for which no turn is taken', async () => {
    const lead = await worked()
    expect(await handOff(lead, { to: 'ben' })).toMatchObject({
      code: 'unknown-person',
      detail: ['dora', 'emil'],
    })
    expect(await handOff(lead, { to: 'emil' })).toMatchObject({ ok: true })
    await desk.say(lead, 'answerHandoff', { accept: true }, 'emil')
    expect(await turnsOf(lead)).toEqual([])
    await desk.say(lead, 'close', { outcome: 'lost' }, 'emil')
    expect(await desk.handle(lead).result()).toMatchObject({ owner: 'emil', hops: 2 })
  })

  it('is chosen for by the signal of an integration as well, once', async () => {
    const lead = await worked()
    await desk.write('hand-by-signal', lead, complete)
    const said = { requestId: 'hand-by-signal', actor: { id: 'ana', role: 'rep' } }
    await desk.handle(lead).signal('handOff', said)
    await desk.handle(lead).signal('handOff', said)
    await desk.until(lead, 'handoffOffered')
    const receiver = await receiverOf(lead)
    expect(await desk.say(lead, 'answerHandoff', { accept: true }, receiver)).toMatchObject({ ok: true })
    expect(await turnsOf(lead)).toEqual([`taken ${receiver}`])
    await desk.say(lead, 'close', { outcome: 'lost' }, receiver)
    expect(await violations(desk.db, lead)).toEqual([])
  })
})

describe('where a handoff that nobody answers goes up', () => {
  it('the receiver’s manager has the lead, and nobody a turn less', async () => {
    const strict = await openDesk({ people: staff, policy: withTerms('up') })
    try {
      const lead = await worked(strict)
      await handOff(lead, {}, strict)
      const receiver = await receiverOf(lead, strict)
      await strict.pass(4 * 60 + 1)
      await strict.until(lead, 'assigned', 2)
      const story = await strict.story(lead)
      expect(story.filter(({ kind }) => kind === 'handoffAnswered').map(({ data }) => data)).toEqual([
        expect.objectContaining({ to: receiver, timedOut: true, up: 'mara' }),
      ])
      expect(story.filter(event => event.kind === 'assigned').at(-1)?.data).toMatchObject({
        owner: 'mara',
        from: 'ana',
        cause: 'handoff',
      })
      expect(await turnsOf(lead, strict)).toEqual([`taken ${receiver}`, `given_back ${receiver}`])
      expect(await repeats(lead, strict)).toEqual([true, true, true])
      await strict.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
      expect(await violations(strict.db, lead)).toEqual([])
      await strict.keepHistory('handoff-went-up', lead)
    } finally {
      await strict.close()
    }
  })
})
