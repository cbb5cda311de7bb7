import { describe, expect, it } from 'vitest'
import { giveBackOfClosed, giveBackOfReassigned } from '../../domain/give-back.js'
import type { Outcome } from '../../domain/lead.js'

const policy = {
  giveBack: { disqualified: ['spam', 'duplicate', 'review'], reassigned: ['wrong-territory'] },
}
const silent = { giveBack: { disqualified: [], reassigned: [] } }

describe('the turn of a lead that has ended', () => {
  const cases: [outcome: Outcome, reason: string | null, givenBack: string | null][] = [
    ['disqualified', 'spam', 'disqualified'],
    ['disqualified', 'duplicate', 'duplicate'],
    ['disqualified', 'review', 'disqualified'],
    ['rejected', 'review', 'disqualified'],
    ['disqualified', 'no-budget', null],
    ['disqualified', null, null],
    ['merged', null, 'duplicate'],
    ['lost', 'spam', null],
    ['converted', 'spam', null],
    ['erased', 'spam', null],
  ]
  it.each(cases)('closed as %s because of %s, is given back as: %s', (outcome, reason, givenBack) => {
    expect(giveBackOfClosed(policy, { outcome, reason })).toBe(givenBack)
  })

  it('is given back for no reason at all where the policy names none', () => {
    for (const [outcome, reason] of cases) expect(giveBackOfClosed(silent, { outcome, reason })).toBe(null)
  })
})

describe('the turn of a lead that was given away', () => {
  it.each([
    ['wrong-territory', 'declined'],
    ['capacity', null],
    ['spam', null],
  ])('because of %s, is given back as: %s', (reason, givenBack) => {
    expect(giveBackOfReassigned(policy, reason)).toBe(givenBack)
    expect(giveBackOfReassigned(silent, reason)).toBe(null)
  })
})
