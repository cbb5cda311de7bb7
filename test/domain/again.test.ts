import { describe, expect, it } from 'vitest'
import { instant, leadId, repId } from '../../domain/ids.js'
import { type Again, again, beginning, begun } from '../../domain/life/again.js'
import { react, received } from '../../domain/life/react.js'

const lead = leadId.parse('5d1f5c4e-1c86-4d0b-8a4b-2b6c5a0a1f01')
const ana = repId.parse('ana')
const ben = repId.parse('ben')

const reopened: Again = {
  generation: 1,
  why: 'reopened',
  hop: 3,
  step: 1_000_000,
  lastOwner: ana,
  directed: { kind: 'rep', rep: ana },
  excluded: [{ rep: ben, reason: 'lapsed' }],
}
const split: Again = { ...reopened, why: 'split', lastOwner: null, directed: null, excluded: [] }

describe('the first life of a lead', () => {
  it('begins with its receipt, and is prepared', () => {
    expect(begun(lead, undefined)).toEqual(received(lead))
    expect(beginning(undefined)).toEqual([{ do: 'prepare' }])
  })
})

describe('a lead that is opened again', () => {
  it('goes on at the attempt and the number that no earlier life has used, without whoever let it lapse', () => {
    expect(begun(lead, reopened)).toEqual({
      ...received(lead),
      hop: 3,
      step: 1_000_000,
      excluded: [{ rep: ben, reason: 'lapsed' }],
    })
  })

  it('goes back to its last owner, once it is enriched', () => {
    expect(beginning(reopened)).toEqual([
      { do: 'enrich' },
      { do: 'route', cause: 'reopened', directed: { kind: 'rep', rep: ana }, lastOwner: ana },
    ])
  })

  it('has an owner, clocks and moves of its own', () => {
    const { state, effects } = react(begun(lead, reopened), {
      kind: 'routed',
      atMs: instant(0),
      cause: 'reopened',
      routed: {
        kind: 'assigned',
        owner: ana,
        manager: null,
        rule: 'directed',
        clocks: [],
        reRoutes: { most: 2, then: { kind: 'managerOfOwner' } },
        highValue: false,
      },
    })
    expect(state).toMatchObject({
      hop: 4,
      ownership: { status: 'assigned', owner: { rep: 'ana', hop: 3 } },
      chain: { movesLeft: 2, ended: false },
    })
    expect(effects.map(effect => effect.do)).toEqual(['saveToCrm', 'tell'])
  })
})

describe('a lead that is split from the one that it had joined', () => {
  it('is prepared anew', () => {
    expect(beginning(split)).toEqual([{ do: 'prepare' }])
  })
})

describe('what a life begins with', () => {
  it('reads as it was written, and nothing else', () => {
    expect(again.parse(JSON.parse(JSON.stringify(reopened)))).toEqual(reopened)
    expect(again.safeParse({ ...reopened, generation: 0 }).success).toBe(false)
  })
})
