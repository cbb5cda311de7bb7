import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../domain/identity/normalise.js'
import type { LeadBody } from '../../domain/lead.js'
import {
  type Account,
  accountKeys,
  blockingKeys,
  type EvidenceName,
  matchAccount,
  matchKeys,
  matchWeights,
  type ScoredCandidate,
  scoreMatch,
  verdict,
} from '../../domain/match.js'

const lead = (body: Partial<LeadBody>) => normalise({ source: 'form', ...body })
const thresholds = { merge: 90, review: 60 }
const number = '+44 20 7946 0018'
const office = { company: 'Acme Ltd', country: 'GB', city: 'Leeds' }
const ana = { name: 'Ana Smith', ...office }

type Row = [
  string,
  Partial<LeadBody>,
  Partial<LeadBody>,
  [EvidenceName, string][],
  'new' | 'possible' | 'same',
]

describe('the evidence that two records are of one person', () => {
  const rows: Row[] = [
    [
      'one address in two spellings',
      { email: 'a.na@gmail.com' },
      { email: 'ana+x@googlemail.com' },
      [['sameEmail', 'own-mailbox']],
      'same',
    ],
    [
      'one own address, whatever the names',
      { email: 'ana@acme.com', name: 'Ana Smith' },
      { email: 'ana@acme.com', name: 'Test Entry' },
      [['sameEmail', 'own-mailbox']],
      'same',
    ],
    [
      'one external id of one source',
      { externalId: '7', email: 'ana@acme.com' },
      { externalId: '7', email: 'ben@acme.com' },
      [['sameExternalId', 'same-source']],
      'same',
    ],
    ['one external id of two sources', { externalId: '7' }, { externalId: '7', source: 'csv' }, [], 'new'],
    ['one number', { phone: number }, { phone: '0044 20 7946 0018' }, [['samePhone', 'e164']], 'same'],
    ['one number with two extensions', { phone: `${number} x1` }, { phone: `${number} x2` }, [], 'new'],
    [
      'one number and a name in one spelling',
      { phone: number, name: 'Ana Smith', email: 'ana@acme.com' },
      { phone: number, name: 'Ana Smith', email: 'ana@gmail.com' },
      [
        ['samePhone', 'e164'],
        ['samePerson', 'equal'],
        ['sharedPhoneOtherEmail', 'both-given'],
      ],
      'same',
    ],
    [
      'one number, names a letter apart, two addresses',
      { phone: number, name: 'Daniel Smith', email: 'daniel@gmail.com' },
      { phone: number, name: 'Daniela Smith', email: 'daniela@gmail.com' },
      [
        ['samePhone', 'e164'],
        ['nearPerson', 'similar'],
        ['sharedPhoneOtherEmail', 'both-given'],
      ],
      'possible',
    ],
    [
      'one number, two names',
      { phone: number, name: 'John Smith' },
      { phone: number, name: 'Jane Smith' },
      [
        ['samePhone', 'e164'],
        ['sharedPhoneOtherPerson', 'different'],
      ],
      'possible',
    ],
    [
      'one number, two addresses, no names',
      { phone: number, email: 'ana@acme.com' },
      { phone: number, email: 'ben@acme.com' },
      [
        ['samePhone', 'e164'],
        ['sharedPhoneOtherEmail', 'both-given'],
      ],
      'possible',
    ],
    [
      'two colleagues on one switchboard',
      { phone: number, email: 'ana@acme.com', ...ana },
      { phone: number, email: 'ben@acme.com', ...office, name: 'Ben Jones' },
      [
        ['samePhone', 'e164'],
        ['sharedPhoneOtherPerson', 'different'],
        ['sharedPhoneOtherEmail', 'both-given'],
      ],
      'new',
    ],
    [
      'two people behind one shared mailbox',
      { email: 'info@acme.com', name: 'Ana Smith' },
      { email: 'info@acme.com', name: 'Ben Jones' },
      [
        ['sameEmail', 'shared-mailbox'],
        ['sharedMailboxOtherPerson', 'different'],
      ],
      'possible',
    ],
    [
      'two people behind one shared mailbox and one switchboard',
      { email: 'info@acme.com', name: 'Ana Smith', phone: number },
      { email: 'info@acme.com', name: 'Ben Jones', phone: number },
      [
        ['sameEmail', 'shared-mailbox'],
        ['furtherKey', 'samePhone'],
        ['sharedMailboxOtherPerson', 'different'],
      ],
      'possible',
    ],
    [
      'one shared mailbox without names',
      { email: 'info@acme.com' },
      { email: 'info@acme.com' },
      [['sameEmail', 'shared-mailbox']],
      'same',
    ],
    [
      'one address and one number',
      { email: 'ana@acme.com', phone: number },
      { email: 'ana@acme.com', phone: number },
      [
        ['sameEmail', 'own-mailbox'],
        ['furtherKey', 'samePhone'],
      ],
      'same',
    ],
    [
      'one name at one company in one town',
      { ...ana, email: 'ana@acme.com' },
      { ...ana, company: 'ACME Limited', phone: number },
      [
        ['samePerson', 'equal'],
        ['sameCompany', 'name'],
        ['samePlace', 'city'],
      ],
      'possible',
    ],
    [
      'one name at one company in one town, two addresses',
      { ...ana, email: 'ana.smith@acme.com' },
      { ...ana, email: 'asmith@gmail.com' },
      [
        ['samePerson', 'equal'],
        ['sameCompany', 'name'],
        ['samePlace', 'city'],
        ['otherEmail', 'both-given'],
      ],
      'possible',
    ],
    [
      'one name, one domain and nothing else, two addresses',
      { name: 'John Smith', email: 'john@acme.com' },
      { name: 'John Smith', email: 'j.smith@acme.com' },
      [
        ['samePerson', 'equal'],
        ['sameCompany', 'domain'],
        ['otherEmail', 'both-given'],
      ],
      'new',
    ],
    [
      'a slip in the name at one company and postcode',
      { name: 'Jon Smith', company: 'Acme', country: 'GB', postcode: 'SW1A 1AA' },
      { name: 'John Smith', company: 'Acme', country: 'GB', postcode: 'SW1A 2AB' },
      [
        ['nearPerson', 'similar'],
        ['sameCompany', 'name'],
        ['samePlace', 'postcode'],
      ],
      'possible',
    ],
    [
      'one name at companies a letter apart',
      { name: 'Ana Smith', company: 'Meridian Foods' },
      { name: 'Ana Smith', company: 'Meridien Foods' },
      [
        ['samePerson', 'equal'],
        ['nearCompany', '0.97'],
      ],
      'possible',
    ],
    [
      'one name at one company name in two countries',
      { name: 'Ana Smith', company: 'Acme', country: 'GB' },
      { name: 'Ana Smith', company: 'Acme', country: 'DE' },
      [['samePerson', 'equal']],
      'new',
    ],
    [
      'two colleagues',
      { ...ana, email: 'ana@acme.com' },
      { ...office, name: 'Ben Jones', email: 'ben@acme.com' },
      [],
      'new',
    ],
    ['two strangers at one provider', { email: 'ana@gmail.com' }, { email: 'ben@gmail.com' }, [], 'new'],
    ['a company and nobody', office, office, [], 'new'],
  ]

  it.each(rows)('%s', (_what, a, b, expected, outcome) => {
    const scored = scoreMatch(lead(a), lead(b))
    const reasons = expected.map(([name, detail]) => ({ name, weight: matchWeights[name], detail }))
    expect(scored.reasons).toEqual(reasons)
    const sum = reasons.reduce((points, { weight }) => points + weight, 0)
    expect(scored.score).toBe(Math.min(100, Math.max(0, sum)))
    expect(verdict([{ id: 'x', open: true, ...scored }], thresholds).kind).toBe(outcome)
  })

  it('has a row above for every weight', () => {
    const shown = new Set(rows.flatMap(([, , , reasons]) => reasons.map(([name]) => name)))
    expect([...shown].sort()).toEqual(Object.keys(matchWeights).sort())
  })

  it('never merges on likeness alone under the usual thresholds', () => {
    const { samePerson, sameCompany, samePlace } = matchWeights
    expect(samePerson + sameCompany + samePlace).toBeLessThan(thresholds.merge)
  })

  it('is the same either way round, from 0 to 100, and carries no value of the lead', () => {
    fc.assert(
      fc.property(subject, subject, (a, b) => {
        const forth = scoreMatch(a, b)
        expect(scoreMatch(b, a)).toEqual(forth)
        expect(forth.score).toBeGreaterThanOrEqual(0)
        expect(forth.score).toBeLessThanOrEqual(100)
        expect(JSON.stringify(forth)).not.toMatch(/acme|smith|jones|\+44|leeds|@/i)
      }),
      { numRuns: 500 },
    )
  })
})

const subject = fc
  .record({
    source: fc.constantFrom('form', 'csv'),
    externalId: fc.constantFrom(undefined, '7', '8'),
    name: fc.constantFrom(undefined, 'Ana Smith', 'Anna Smith', 'Ben Jones', 'Smith, Ana', 'Ana'),
    email: fc.constantFrom(undefined, 'ana@acme.com', 'ben@acme.com', 'info@acme.com', 'ana@gmail.com'),
    phone: fc.constantFrom(undefined, number, `${number} x1`, `${number} x2`, '+1 415 555 2671'),
    company: fc.constantFrom(undefined, 'Acme Ltd', 'Acme Foods', 'Acne Foods GmbH'),
    website: fc.constantFrom(undefined, 'acme.com', 'linkedin.com/in/ana'),
    country: fc.constantFrom(undefined, 'GB', 'DE'),
    city: fc.constantFrom(undefined, 'Leeds', 'LEEDS', 'Bonn'),
  })
  .map(body => normalise(body))

describe('the verdict', () => {
  const candidate = (id: string, name: EvidenceName, open = true): ScoredCandidate => ({
    id,
    open,
    score: matchWeights[name],
    reasons: [{ name, weight: matchWeights[name], detail: '' }],
  })

  it('is new without candidates, and with none that resembles', () => {
    expect(verdict([], thresholds)).toEqual({ kind: 'new' })
    expect(verdict([candidate('a', 'samePerson')], thresholds)).toEqual({ kind: 'new' })
  })

  it('is new where nothing speaks for a candidate, even with a threshold of 0', () => {
    const nobody = { id: 'a', open: true, score: 0, reasons: [] }
    expect(verdict([nobody], { merge: 0, review: 0 })).toEqual({ kind: 'new' })
  })

  it('joins the candidate with the most evidence', () => {
    expect(
      verdict([candidate('phone', 'samePhone'), candidate('mail', 'sameEmail')], thresholds),
    ).toMatchObject({
      kind: 'same',
      candidateId: 'mail',
      score: 100,
    })
  })

  it('joins an open lead before a closed one that fits better, so that no second clock starts', () => {
    const verdictOfBoth = verdict(
      [candidate('old', 'sameEmail', false), candidate('open', 'samePhone')],
      thresholds,
    )
    expect(verdictOfBoth).toMatchObject({ kind: 'same', candidateId: 'open' })
  })

  it('asks a person between two open leads with equal evidence', () => {
    expect(verdict([candidate('a', 'samePhone'), candidate('b', 'samePhone')], thresholds)).toMatchObject({
      kind: 'possible',
      candidateIds: ['a', 'b'],
    })
  })

  it('takes the newest of several closed leads, since none of them runs a clock', () => {
    const closed = [candidate('newest', 'sameEmail', false), candidate('older', 'sameEmail', false)]
    expect(verdict(closed, thresholds)).toMatchObject({ kind: 'same', candidateId: 'newest' })
  })

  it('asks a person between the thresholds, best candidate first', () => {
    const one = { ...candidate('one', 'samePerson'), score: 60 }
    const two = { ...candidate('two', 'samePhone'), score: 85 }
    const below = { ...candidate('below', 'nearPerson'), score: 59 }
    expect(verdict([one, below, two], thresholds)).toMatchObject({
      kind: 'possible',
      candidateIds: ['two', 'one'],
      score: 85,
    })
  })

  it('merges at the threshold itself', () => {
    expect(verdict([{ ...candidate('a', 'samePhone'), score: 90 }], thresholds).kind).toBe('same')
    expect(verdict([{ ...candidate('a', 'samePhone'), score: 89 }], thresholds).kind).toBe('possible')
  })

  it('refuses thresholds the wrong way round', () => {
    expect(() => verdict([], { merge: 60, review: 90 })).toThrow(RangeError)
  })
})

describe('the blocking keys', () => {
  it('are sorted, prefixed and complete', () => {
    const keys = blockingKeys(
      lead({
        externalId: '7',
        email: 'Ana@mail.Acme.com',
        phone: number,
        company: 'Acme Ltd',
        website: 'https://acme.de',
        country: 'GB',
      }),
    )
    expect(keys).toEqual([
      'company:GB:acme',
      'domain:acme.com',
      'domain:acme.de',
      'email:ana@mail.acme.com',
      'external:form:7',
      'phone:+442079460018',
    ])
  })

  it('hold no free-mail domain, which would queue half the world behind one lock', () => {
    expect(blockingKeys(lead({ email: 'ana@gmail.com' }))).toEqual(['email:ana@gmail.com'])
    expect(blockingKeys(lead({ email: 'ana@mailinator.com' }))).toEqual(['email:ana@mailinator.com'])
  })

  it('are those that candidates are looked for by, the most telling first', () => {
    const one = lead({
      externalId: '7',
      email: 'ana@gmail.com',
      phone: number,
      company: 'Acme Ltd',
      website: 'https://www.acme.de/about',
    })
    const keys = matchKeys(one)
    expect(keys).toEqual([
      'external:form:7',
      'email:ana@gmail.com',
      'phone:+442079460018',
      'domain:acme.de',
      'company:-:acme',
    ])
    expect(keys.toSorted()).toEqual(blockingKeys(one))
  })

  it('are shared by any two records with an exact key or a domain in common', () => {
    const found = { same: 0, domain: 0 }
    fc.assert(
      fc.property(subject, subject, (a, b) => {
        const { score, reasons } = scoreMatch(a, b)
        const isSameDomain = reasons.some(({ name, detail }) => name === 'sameCompany' && detail === 'domain')
        found.same += Number(score >= thresholds.merge)
        found.domain += Number(isSameDomain)
        if (score < thresholds.merge && !isSameDomain) return
        const keys = blockingKeys(a)
        expect(blockingKeys(b).some(key => keys.includes(key))).toBe(true)
      }),
      { numRuns: 1000 },
    )
    expect(Math.min(found.same, found.domain)).toBeGreaterThan(0)
  })
})

describe('the account of a lead', () => {
  const account = (id: string, fields: Partial<Account>): Account => ({
    ...{ id, domain: null, companyKey: null, country: null, owner: 'gina', tier: null, customer: false },
    ...fields,
  })
  const acme = account('acme', { domain: 'www.acme.com' })

  it.each<[string, Partial<LeadBody>, Account[], string | null]>([
    ['by the domain of the address', { email: 'ana@mail.acme.com' }, [acme], 'acme'],
    ['by the domain of the website', { email: 'ana@gmail.com', website: 'acme.com' }, [acme], 'acme'],
    [
      'by company and country',
      { company: 'ACME Ltd', country: 'GB' },
      [account('a', { companyKey: 'acme', country: 'GB' })],
      'a',
    ],
    [
      'not by company in another country',
      { company: 'Acme', country: 'FR' },
      [account('a', { companyKey: 'acme', country: 'GB' })],
      null,
    ],
    ['not by company without a country', { company: 'Acme' }, [account('a', { companyKey: 'acme' })], null],
    ['not by a free-mail domain', { email: 'ana@gmail.com' }, [account('a', { domain: 'gmail.com' })], null],
    [
      'not by a disposable domain',
      { email: 'ana@mailinator.com' },
      [account('a', { domain: 'mailinator.com' })],
      null,
    ],
    ['not by nothing', {}, [acme, account('a', {})], null],
    [
      'by domain before company',
      { email: 'ana@acme.com', company: 'Other', country: 'GB' },
      [account('other', { companyKey: 'other', country: 'GB' }), acme],
      'acme',
    ],
    [
      'in its own country first',
      { email: 'ana@acme.com', country: 'DE' },
      [
        account('uk', { domain: 'acme.com', country: 'GB', owner: 'ben' }),
        account('de', { domain: 'acme.com', country: 'DE' }),
      ],
      'de',
    ],
    [
      'the customer before the prospect',
      { email: 'ana@acme.com' },
      [
        account('a', { domain: 'acme.com', owner: 'ben' }),
        account('b', { domain: 'acme.com', customer: true }),
      ],
      'b',
    ],
    [
      'the one with an owner',
      { email: 'ana@acme.com' },
      [account('a', { domain: 'acme.com', owner: null }), account('b', { domain: 'acme.com' })],
      'b',
    ],
  ])('is found %s', (_how, body, accounts, id) => {
    const match = matchAccount(lead(body), accounts)
    expect(match.kind === 'account' ? match.account.id : null).toBe(id)
    expect(match.kind).toBe(id === null ? 'none' : 'account')
  })

  it('is asked for by every domain of the company and none of a provider', () => {
    const one = lead({ email: 'ana@gmail.com', website: 'shop.acme.com', company: 'Acme Ltd', country: 'GB' })
    expect(accountKeys(one)).toEqual({
      domains: ['acme.com'],
      companyKey: 'acme',
      country: 'GB',
      emailKey: 'ana@gmail.com',
      phoneE164: null,
    })
    expect(accountKeys(lead({ email: 'ana@acme.com', website: 'acme.de' })).domains).toEqual([
      'acme.com',
      'acme.de',
    ])
    expect(accountKeys(lead({ website: 'linkedin.com/in/ana' })).domains).toEqual([])
  })

  it('is disputed when two owners claim one domain', () => {
    const accounts = [
      account('b', { domain: 'acme.com' }),
      account('a', { domain: 'acme.com', owner: 'ben' }),
    ]
    const match = matchAccount(lead({ email: 'ana@acme.com' }), accounts)
    expect(match).toMatchObject({
      kind: 'disputed',
      reason: 'same-domain',
      accounts: [{ id: 'a' }, { id: 'b' }],
    })
  })
})
