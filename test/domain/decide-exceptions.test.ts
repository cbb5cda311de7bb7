import { describe, expect, it } from 'vitest'
import { decide } from '../../domain/decide.js'
import type { DecisionInput } from '../../domain/decision.js'
import type { Policy, ReviewTerms } from '../../domain/policy.js'
import { aLead, anInput, aPolicy, is, rep, toPool } from './a-policy.js'

/** What a person wants to see before anybody gets the lead (R20, R32). */
function reviewing(kind: 'high-value' | 'policy-exception', hold: boolean): Policy {
  const plain = aPolicy()
  const terms: ReviewTerms = {
    ...plain.reviews[kind],
    when: is('country', 'GB'),
    ...(hold ? { hold } : {}),
  }
  return aPolicy({ reviews: { ...plain.reviews, [kind]: terms } })
}

const british = (more: Partial<DecisionInput> = {}) => anInput({ facts: aLead({ country: 'GB' }), ...more })

describe('a lead of high value', () => {
  it('has its owner at once while a person looks, unless the policy holds it', () => {
    expect(decide(reviewing('high-value', false), british())).toMatchObject({
      kind: 'assigned',
      review: 'high-value',
    })
    expect(decide(reviewing('high-value', true), british())).toMatchObject({
      kind: 'review',
      review: 'high-value',
    })
  })

  it('is routed once a person has said so, and nobody is asked a second time', () => {
    expect(decide(reviewing('high-value', true), british({ settled: ['high-value'] }))).toMatchObject({
      kind: 'assigned',
      review: null,
    })
  })

  it('is asked about again by nobody when it moves on from an owner, nor when a person has directed it', () => {
    const policy = reviewing('high-value', true)
    expect(decide(policy, british({ lastOwner: rep('ana') })).kind).toBe('assigned')
    expect(decide(policy, british({ directed: toPool('anyone') })).kind).toBe('assigned')
  })
})

describe('a lead that the policy makes an exception of', () => {
  it('goes to nobody before a person has decided', () => {
    expect(decide(reviewing('policy-exception', true), british())).toMatchObject({
      kind: 'review',
      review: 'policy-exception',
    })
    expect(
      decide(reviewing('policy-exception', true), anInput({ facts: aLead({ country: 'FR' }) })).kind,
    ).toBe('assigned')
  })

  it('is no exception to engines that knew of none', () => {
    expect(decide(reviewing('policy-exception', true), british({ engine: 2 })).kind).toBe('assigned')
  })
})
