import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decisionsOf } from '../../db/ownership.js'
import { rosterAt } from '../../db/people.js'
import { policyOfVersion } from '../../db/policies.js'
import { execute, raw, sql, type Tx, transaction } from '../../db/sql.js'
import { type Finding, readInvariants, violations, violationsOf } from '../../db/verify.js'
import { checkReasons } from '../domain/why-oracle.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'
import { waitingPolicy } from '../workflows/waiting-documents.js'
import { type Day, liveThroughADay } from './a-day-in-sales.js'
import { type HandoffDay, handOverThroughADay } from './a-day-of-handoffs.js'
import { waitThroughADay, type WaitingDay } from './a-waiting-day.js'
import { damages } from './damages.js'

let desk: Desk
let day: Day & WaitingDay & HandoffDay
beforeAll(async () => {
  desk = await openDesk({ policy: waitingPolicy })
  day = {
    ...(await liveThroughADay(desk)),
    ...(await waitThroughADay(desk)),
    ...(await handOverThroughADay(desk)),
  }
}, 120_000)
afterAll(() => desk.close())

describe('a day in sales', () => {
  it('breaks no invariant', async () => {
    expect(await violations(desk.db, null)).toEqual([])
  })

  it('breaks none that one lead alone can show', async () => {
    for (const lead of Object.values(day)) expect(await violations(desk.db, lead)).toEqual([])
  })

  it('each decision repeats, and of everybody it is said why they do not own the lead', async () => {
    const people = (await rosterAt(desk.db, await desk.now())).people.map(({ id }) => id)
    const reasons = new Map<string, number>()
    const differences: string[] = []
    for (const [name, lead] of Object.entries(day)) {
      for (const { hop, record } of await decisionsOf(desk.db, lead)) {
        const checked = checkReasons(
          await policyOfVersion(desk.db, record.input.policyVersion),
          record,
          people,
        )
        differences.push(...checked.differences.map(what => `${name}, hop ${hop}: ${what}`))
        for (const [kind, times] of Object.entries(checked.reasons))
          reasons.set(kind, (reasons.get(kind) ?? 0) + times)
      }
    }
    expect(differences).toEqual([])
    const kinds = ['owner', 'asked first', 'other way', 'may-accept', 'away', 'due at once']
    expect(kinds.filter(kind => !reasons.has(kind))).toEqual([])
  })
})

describe('damage to the database is found when', () => {
  it.each(damages)('$what', async ({ lead, sql: damage, seenBy }) => {
    const found = await findingsAfter(damage.replaceAll('LEAD', `'${day[lead]}'`))
    const names = [...new Set(found.map(({ invariant }) => invariant))]
    expect(names.toSorted()).toEqual([...seenBy].sort())
  })

  it('and every invariant has damage that only it or few others see', async () => {
    const names = (await readInvariants()).map(({ name }) => name)
    expect([...new Set(damages.flatMap(({ seenBy }) => seenBy))].sort()).toEqual(names)
  })
})

/** Does the damage with triggers and foreign keys off, looks, and takes it back. */
async function findingsAfter(damage: string): Promise<Finding[]> {
  const found: Finding[] = []
  const undo = new Error('undo')
  const invariants = await readInvariants()
  await transaction(desk.db, async (tx: Tx) => {
    await execute(tx, sql`set local session_replication_role = replica`)
    for (const statement of damage.split(';')) await execute(tx, sql`${raw(statement)}`)
    for (const invariant of invariants) found.push(...(await violationsOf(tx, invariant, null)))
    throw undo
  }).catch((error: unknown) => {
    if (error !== undo) throw error
  })
  return found
}
