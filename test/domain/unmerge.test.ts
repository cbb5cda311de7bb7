import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EnrichableField } from '../../domain/enrich.js'
import { normalise } from '../../domain/identity/normalise.js'
import type { LeadBody, NormalisedLead } from '../../domain/lead.js'
import { defaultMergeRules, type MergeRules, mergeLead, mergeRules } from '../../domain/merge.js'
import { type KeptMerge, unmergeLead } from '../../domain/unmerge.js'
import { enriched, leads, rules } from './leads-to-merge.js'

const lead = (body: Partial<LeadBody>) => normalise({ source: 'form', ...body })

type Merged = {
  lead: NormalisedLead
  filled: EnrichableField[]
  merges: (KeptMerge & { incoming: NormalisedLead })[]
}

/** One submission after the other joins the lead, and all that is kept of it goes through JSON. */
function merged(
  existing: NormalisedLead,
  incoming: readonly NormalisedLead[],
  rules: MergeRules = defaultMergeRules,
  filled: readonly EnrichableField[] = [],
): Merged {
  return incoming.reduce<Merged>(
    (before, one) => {
      const { lead, changes, lost, enriched } = mergeLead(before.lead, one, rules, before.filled)
      const released = before.filled.filter(field => !enriched.includes(field))
      const kept = JSON.parse(JSON.stringify({ changes, lost, released }))
      return { lead, filled: enriched, merges: [...before.merges, { ...kept, incoming: one }] }
    },
    { lead: existing, filled: [...filled], merges: [] },
  )
}

/** Takes one of them back, as often as it is asked. */
function takeBack({ lead, filled, merges }: Merged, at: number): Merged {
  const [own, later] = [merges[at], merges.slice(at + 1)]
  if (own === undefined) throw new Error(`there is no merge ${at}`)
  const undone = unmergeLead(lead, own, later)
  const after = undone.later.map((kept, place) => ({
    ...kept,
    incoming: later[place]?.incoming ?? own.incoming,
  }))
  return {
    lead: undone.lead,
    filled: [...filled, ...undone.filled],
    merges: [...merges.slice(0, at), ...after],
  }
}

const withoutNotes = ({ notes: _, ...rest }: NormalisedLead) => rest

describe('taking back a merge when nothing else has happened', () => {
  it('gives the lead as it was, with what enrichment had filled', () => {
    fc.assert(
      fc.property(leads, leads, rules, enriched, (existing, incoming, rules, enriched) => {
        const joined = merged(existing, [incoming], rules, enriched)
        const [own] = joined.merges
        expect(own).toBeDefined()
        if (own === undefined) return
        const undone = unmergeLead(joined.lead, own)
        expect(undone.lead).toEqual(existing)
        expect(undone.kept).toEqual([])
        expect([...joined.filled, ...undone.filled].sort()).toEqual([...enriched].sort())
      }),
      { numRuns: 500 },
    )
  })

  it('gives the lead as it was, in whichever order several are taken back', () => {
    fc.assert(
      fc.property(
        leads,
        fc.array(leads, { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat(3)),
        rules,
        (existing, incoming, order, rules) => {
          let left = merged(existing, incoming, rules)
          for (const pick of order) {
            if (left.merges.length === 0) break
            left = takeBack(left, pick % left.merges.length)
          }
          expect(withoutNotes(left.lead)).toEqual(withoutNotes(existing))
          expect(left.filled).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })

  it('knows a map again whose keys come back in another order', () => {
    const joined = merged(lead({ fields: { b: 1 } }), [lead({ fields: { a: 2 } })])
    const mixed = { ...joined, lead: { ...joined.lead, fields: { a: 2, b: 1 } } }
    expect(takeBack(mixed, 0).lead.fields).toEqual({ b: 1 })
  })
})

describe('taking back a merge after somebody has corrected the lead', () => {
  type Row = [
    string,
    Partial<LeadBody>,
    Partial<LeadBody>,
    Partial<NormalisedLead>,
    Partial<NormalisedLead>,
    string[],
  ]
  it.each<Row>([
    [
      'leaves the corrected value, and takes the others back',
      { product: 'crm', city: 'Leeds' },
      { product: 'erp', industry: 'Banking' },
      { product: 'helpdesk' },
      { product: 'helpdesk', industry: null, city: 'Leeds' },
      ['product'],
    ],
    [
      'leaves the whole address of which one part was corrected',
      { city: 'London', country: 'GB' },
      { street: 'Am Ufer 1', city: 'Berlin', country: 'DE' },
      { city: 'Potsdam' },
      { street: 'Am Ufer 1', city: 'Potsdam', country: 'DE' },
      ['street', 'city', 'country'],
    ],
    [
      'leaves the corrected key of the extra fields, and takes the others back',
      { fields: { team: 'a' } },
      { fields: { budget: 20, seats: 5 } },
      { fields: { team: 'a', budget: 99, seats: 5 } },
      { fields: { team: 'a', budget: 99 } },
      ['fields'],
    ],
    [
      'leaves what was written behind the message',
      { message: 'Price?' },
      { message: 'Also a demo.' },
      { message: 'Price?\n\nAlso a demo.\n\nCalled on Monday.' },
      { message: 'Price?\n\nCalled on Monday.' },
      [],
    ],
    [
      'leaves an address that was corrected, and its domain',
      {},
      { email: 'ana@acme.com' },
      { email: 'ana@other.de', emailKey: 'ana@other.de', domain: 'other.de' },
      { email: 'ana@other.de', emailKey: 'ana@other.de', domain: 'other.de', domainKind: 'business' },
      ['email', 'emailKey'],
    ],
    [
      'takes the domain back with the address',
      { website: 'https://acme.com' },
      { email: 'ben@gmail.com' },
      { product: 'crm' },
      { email: null, emailKey: null, domain: 'acme.com', domainKind: 'business' },
      [],
    ],
  ])('%s', (_, existing, incoming, corrected, wanted, kept) => {
    const rules = mergeRules.parse({ place: 'takeMostComplete' })
    const { lead: now, merges } = merged(lead(existing), [lead(incoming)], rules)
    const [own] = merges
    if (own === undefined) throw new Error('nothing was merged')
    const undone = unmergeLead({ ...now, ...corrected }, own)
    expect(undone.lead).toMatchObject(wanted)
    if (wanted.fields) expect(undone.lead.fields).toEqual(wanted.fields)
    expect(undone.kept).toEqual(kept)
  })
})

describe('taking back a merge after another submission has joined', () => {
  const first = { source: 'form', product: 'crm', message: 'Price?' }

  it('leaves what the later one changed, and the value of before both comes back with that one', () => {
    const joined = merged(lead(first), [lead({ product: 'erp' }), lead({ product: 'helpdesk' })])
    const once = takeBack(joined, 0)
    expect(once.lead.product).toBe('helpdesk')
    expect(takeBack(once, 0).lead.product).toBe('crm')
    expect(JSON.stringify(once)).not.toContain('erp')
    expect(once.merges[0]?.lost).toEqual([])
  })

  it('leaves what the later one says too', () => {
    const joined = merged(lead({}), [lead({ industry: 'Banking' }), lead({ industry: 'Banking' })])
    const once = takeBack(joined, 0)
    expect(once.lead.industry).toBe('Banking')
    expect(takeBack(once, 0).lead.industry).toBeNull()
  })

  it('takes its part out of a message to which the later one added', () => {
    const joined = merged(lead(first), [lead({ message: 'I am Ana.' }), lead({ message: 'And a demo.' })])
    const once = takeBack(joined, 0)
    expect(once.lead.message).toBe('Price?\n\nAnd a demo.')
    expect(JSON.stringify(once.merges.map(({ changes }) => changes))).not.toContain('I am Ana.')
    expect(takeBack(once, 0).lead.message).toBe('Price?')
  })

  it('leaves a message that the later one repeats', () => {
    const joined = merged(lead(first), [lead({ message: 'Call me' }), lead({ message: 'Call me' })])
    const once = takeBack(joined, 0)
    expect(once.lead.message).toBe('Price?\n\nCall me')
    expect(takeBack(once, 0).lead.message).toBe('Price?')
  })

  it('keeps the note on a value that stays, and drops the note on one that goes', () => {
    const joined = merged(lead({}), [lead({ phone: 'call me', email: 'ana@' }), lead({ phone: 'call me' })])
    expect(joined.lead.notes.map(({ code }) => code).sort()).toEqual([
      'email-missing-domain',
      'phone-invalid',
    ])
    const once = takeBack(joined, 0)
    expect(once.lead.notes.map(({ code }) => code)).toEqual(['phone-invalid'])
    expect(takeBack(once, 0).lead.notes).toEqual([])
  })

  it('takes back the later one alone, and leaves the earlier', () => {
    const joined = merged(lead(first), [lead({ product: 'erp' }), lead({ product: 'helpdesk' })])
    expect(takeBack(joined, 1).lead.product).toBe('erp')
  })

  it('lets enrichment have filled again what nobody else gives', () => {
    const filled = { ...lead({}), country: 'GB' }
    const joined = merged(filled, [lead({ country: 'GB' })], defaultMergeRules, ['country'])
    expect(joined.filled).toEqual([])
    expect(takeBack(joined, 0).filled).toEqual(['country'])
    const given = merged(filled, [lead({ country: 'GB' }), lead({ country: 'GB' })], defaultMergeRules, [
      'country',
    ])
    const once = takeBack(given, 0)
    expect(once.filled).toEqual([])
    expect(takeBack(once, 0).filled).toEqual(['country'])
  })
})
