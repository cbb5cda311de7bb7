import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise, noteCodes, withCountry } from '../../domain/identity/normalise.js'
import { type LeadBody, leadBody, normalisedLead } from '../../domain/lead.js'

describe('normalising a submission', () => {
  it('keeps what was typed and adds the keys', () => {
    const lead = normalise({
      source: 'demo-form',
      firstName: 'Ana',
      lastName: 'Šmíd',
      email: 'A.na+demo@GoogleMail.com',
      phone: '020 7946 0018 ext 5',
      company: 'Acme   Ltd.',
      website: 'https://www.acme.co.uk/',
      country: 'England',
      region: 'Kent',
      postcode: 'sw1a1aa',
      language: 'English',
      message: ' Hello,\n\nwe need a price. ',
      consent: true,
      utm: { medium: 'cpc' },
      fields: { budget: 10 },
    })
    expect(lead).toEqual({
      source: 'demo-form',
      campaign: null,
      externalId: null,
      firstName: 'Ana',
      lastName: 'Šmíd',
      name: 'Ana Šmíd',
      email: 'A.na+demo@GoogleMail.com',
      emailKey: 'ana@gmail.com',
      domain: 'googlemail.com',
      domainKind: 'free',
      phone: '020 7946 0018 ext 5',
      phoneE164: '+442079460018',
      phoneExtension: '5',
      company: 'Acme Ltd.',
      companyKey: 'acme',
      website: 'https://www.acme.co.uk/',
      employees: null,
      industry: null,
      street: null,
      city: null,
      region: 'GB-KEN',
      postcode: 'SW1A 1AA',
      postcodeArea: 'SW1A',
      country: 'GB',
      product: null,
      service: null,
      language: 'en',
      urgency: null,
      message: 'Hello,\n\nwe need a price.',
      consent: true,
      utm: { medium: 'cpc' },
      fields: { budget: 10 },
      notes: [],
    })
  })

  it.each<[string, Partial<LeadBody>, { code: string; fields: string[] }]>([
    ['an address without a domain', { email: 'ana@' }, { code: 'email-missing-domain', fields: ['email'] }],
    [
      'an address that is none',
      { email: 'ana smith@acme.com' },
      { code: 'email-invalid', fields: ['email'] },
    ],
    [
      'a throw-away address',
      { email: 'ana@mailinator.com' },
      { code: 'disposable-email', fields: ['email'] },
    ],
    ['a website that is none', { website: 'we have none' }, { code: 'website-invalid', fields: ['website'] }],
    [
      'a number that is none',
      { phone: 'call me', country: 'GB' },
      { code: 'phone-invalid', fields: ['phone'] },
    ],
    ['a national number alone', { phone: '020 7946 0018' }, { code: 'phone-incomplete', fields: ['phone'] }],
    [
      'a number of another country',
      { phone: '+44 20 7946 0018', country: 'FR' },
      { code: 'phone-country-conflict', fields: ['phone', 'country'] },
    ],
    ['a country nobody knows', { country: 'Narnia' }, { code: 'country-unknown', fields: ['country'] }],
    [
      'a region nobody knows',
      { region: 'Bay Area', country: 'US' },
      { code: 'region-unknown', fields: ['region'] },
    ],
    [
      'a region of another country',
      { region: 'US-CA', country: 'FR' },
      { code: 'region-country-conflict', fields: ['region', 'country'] },
    ],
    [
      'a postcode that does not fit',
      { postcode: '123', country: 'GB' },
      { code: 'postcode-invalid', fields: ['postcode'] },
    ],
    ['a language nobody knows', { language: 'Klingon' }, { code: 'language-unknown', fields: ['language'] }],
  ])('notes %s, once', (_what, body, note) => {
    expect(normalise({ source: 'form', ...body }).notes).toEqual([note])
  })

  it('has a test row above for every note it can make', () => {
    expect(noteCodes).toHaveLength(12)
  })

  it('records a contradiction and settles nothing', () => {
    const lead = normalise({ source: 'form', phone: '+44 20 7946 0018', country: 'FR' })
    expect(lead).toMatchObject({ country: 'FR', phoneE164: '+442079460018', phone: '+44 20 7946 0018' })
  })

  it('leaves a missing country missing, whatever the number says', () => {
    expect(
      normalise({ source: 'form', phone: '+44 20 7946 0018', email: 'ana@acme.co.uk' }).country,
    ).toBeNull()
  })

  it('keeps a broken value as typed, without a key', () => {
    const lead = normalise({
      source: 'form',
      email: 'ana@',
      phone: 'call me',
      postcode: '123',
      country: 'GB',
    })
    expect(lead).toMatchObject({ email: 'ana@', emailKey: null, phone: 'call me', phoneE164: null })
    expect(lead).toMatchObject({ postcode: '123', postcodeArea: null })
  })

  it.each<[string, Partial<LeadBody>, string | null, string | null]>([
    ['the address', { email: 'ana@mail.acme.com', website: 'other.com' }, 'acme.com', 'business'],
    ['the website, when there is no address', { website: 'www.acme.com' }, 'acme.com', 'business'],
    [
      'the website, when the address is broken',
      { email: 'ana@', website: 'www.acme.com' },
      'acme.com',
      'business',
    ],
    ['a free-mail provider', { email: 'ana@gmail.com', website: 'acme.com' }, 'gmail.com', 'free'],
    ['nothing, when the page is a profile', { website: 'linkedin.com/company/acme' }, null, null],
  ])('takes the domain of %s', (_what, body, domain, domainKind) => {
    expect(normalise({ source: 'form', ...body })).toMatchObject({ domain, domainKind })
  })

  it('gives every key again when it reads its own answer', () => {
    fc.assert(
      fc.property(bodies, body => {
        const once = normalise(body)
        expect(normalisedLead.parse(once)).toEqual(once)
        const again = normalise(bodyOf(once))
        const { notes: _first, ...fields } = once
        const { notes: _second, ...fieldsAgain } = again
        expect(fieldsAgain).toEqual(fields)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a country that becomes known after intake', () => {
  it('lets the number and the postcode be read, and drops the note', () => {
    const lead = normalise({ source: 'form', phone: '020 7946 0018', postcode: 'sw1a1aa' })
    expect(withCountry(lead, 'GB')).toMatchObject({
      country: 'GB',
      phoneE164: '+442079460018',
      postcode: 'SW1A 1AA',
      postcodeArea: 'SW1A',
      notes: [],
    })
  })

  it('keeps the note on a number that still cannot be read', () => {
    const lead = normalise({ source: 'form', phone: '020 7946 0018' })
    expect(withCountry(lead, 'FR')).toMatchObject({
      phoneE164: null,
      notes: [{ code: 'phone-incomplete', fields: ['phone'] }],
    })
  })

  it('notes a number that contradicts it', () => {
    const lead = normalise({ source: 'form', phone: '+44 20 7946 0018' })
    expect(withCountry(lead, 'FR').notes).toEqual([
      { code: 'phone-country-conflict', fields: ['phone', 'country'] },
    ])
  })
})

const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const bodies = fc
  .record({
    source: fc.constantFrom('form', 'csv'),
    firstName: maybe(text),
    lastName: maybe(text),
    name: maybe(text),
    email: maybe(fc.oneof(fc.emailAddress(), text, fc.constant('A.na+x@googlemail.com'))),
    phone: maybe(fc.oneof(fc.constantFrom('+44 20 7946 0018 x5', '020 7946 0018', '+1 415 555 2671'), text)),
    company: maybe(fc.oneof(fc.constantFrom('Acme Ltd', 'Müller GmbH & Co. KG'), text)),
    website: maybe(fc.oneof(fc.webUrl(), text)),
    country: maybe(fc.oneof(fc.constantFrom('GB', 'Germany', 'USA', 'France'), text)),
    region: maybe(fc.oneof(fc.constantFrom('California', 'US-CA', 'Bavaria'), text)),
    postcode: maybe(fc.oneof(fc.constantFrom('sw1a1aa', '94105-1234', 'D-80331'), text)),
    language: maybe(fc.oneof(fc.constantFrom('English', 'de-AT'), text)),
    message: maybe(text),
    consent: maybe(fc.boolean()),
  })
  .map(body => leadBody.safeParse(body))
  .filter(parsed => parsed.success)
  .map(parsed => parsed.data)

/** What was normalised, as if it were sent again. */
function bodyOf(lead: ReturnType<typeof normalise>): LeadBody {
  return leadBody.parse(Object.fromEntries(Object.entries(lead).filter(([, value]) => value !== null)))
}
