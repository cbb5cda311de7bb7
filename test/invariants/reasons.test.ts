import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decisionsOf } from '../../db/ownership.js'
import { rosterAt } from '../../db/people.js'
import { policyOfVersion } from '../../db/policies.js'
import { checkReasons } from '../domain/why-oracle.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'
import { waitingPolicy } from '../workflows/waiting-documents.js'
import { type Day, liveThroughADay } from './a-day-in-sales.js'
import { type WaitingDay, waitThroughADay } from './a-waiting-day.js'

let desk: Desk
let day: Day & WaitingDay
beforeAll(async () => {
  desk = await openDesk({ policy: waitingPolicy })
  day = { ...(await liveThroughADay(desk)), ...(await waitThroughADay(desk)) }
}, 120_000)
afterAll(() => desk.close())

describe('after a day in sales', () => {
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
