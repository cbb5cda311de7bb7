import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { companyKey, companyName } from '../../domain/identity/company.js'
import { domainLists, mailDomainKind, readDomain, websiteDomain } from '../../domain/identity/domainname.js'
import { emailKey, isSharedMailbox, readEmail } from '../../domain/identity/email.js'
import { fold } from '../../domain/identity/fold.js'
import { jaroWinkler } from '../../domain/identity/jarowinkler.js'
import { compareNames, fullName, personKey } from '../../domain/identity/person.js'
import { contradictsCountry, readPhone } from '../../domain/identity/phone.js'
import { readPostcode } from '../../domain/identity/postcode.js'
import cases from '../cases/identity.json' with { type: 'json' }

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })

describe('the sample cases', () => {
  it.each(cases.email)('$id: the key of $input', ({ input, expected }) => {
    expect(emailKey(input)).toBe(expected.matchKey)
  })

  it.each(cases.company)('$id: the name of "$input"', ({ input, expected }) => {
    expect(companyName(input)).toBe(expected)
    expect(companyKey(input)).toBe(expected.toLowerCase())
  })

  it.each(cases.phone)('$id: the number in "$input"', ({ input, country, expected }) => {
    const extension = 'extension' in expected ? expected.extension : null
    expect(readPhone(input, country)).toMatchObject({ kind: 'ok', e164: expected.e164, extension })
  })

  it.each(cases.domain)('$id: the registrable domain of $input', ({ input, expected }) => {
    expect(readDomain(input)).toEqual(expected)
  })

  it.each(cases.postcode)('$id: the outward part of "$input"', ({ input, country, expected }) => {
    expect(readPostcode(input, country)?.area).toBe(expected.outward)
  })
})

describe('an address', () => {
  it.each([
    ['ana+news@outlook.com', 'ana@outlook.com', 'Outlook delivers tags'],
    ['ana+news@fastmail.com', 'ana@fastmail.com', 'Fastmail documents tags'],
    ['ana+news@proton.me', 'ana@proton.me', 'Proton documents tags'],
    ['ana+news@icloud.com', 'ana@icloud.com', 'iCloud delivers tags'],
    ['a.na@outlook.com', 'a.na@outlook.com', 'dots count outside Gmail'],
    ['ana+news@acme.com', 'ana+news@acme.com', 'a company may have a mailbox with a plus'],
    ['ana-news@yahoo.com', 'ana-news@yahoo.com', 'a hyphen may be part of the name'],
    ['ana@pm.me', 'ana@pm.me', 'hosts of one provider stay apart'],
    ['+ana@gmail.com', '+ana@gmail.com', 'an empty name would join strangers'],
    ['...@gmail.com', '...@gmail.com', 'an empty name would join strangers'],
    ['  ANA@Acme.COM. ', 'ana@acme.com', 'case, blanks and the root dot say nothing'],
    ['ana@müller.de', 'ana@xn--mller-kva.de', 'both spellings of a domain are one'],
    ['ana@xn--mller-kva.de', 'ana@xn--mller-kva.de', 'both spellings of a domain are one'],
    ["o'brien@acme.com", "o'brien@acme.com", 'an apostrophe is a letter of an address'],
    ['ana@new.brandnewtld', 'ana@new.brandnewtld', 'a new top-level domain is no mistake'],
    ['ａｎａ@acme.com', 'ana@acme.com', 'full-width letters are letters'],
  ])('%s has the key %s: %s', (typed, key) => {
    expect(emailKey(typed)).toBe(key)
  })

  it.each([
    ['ana', 'missingDomain'],
    ['ana@', 'missingDomain'],
    ['ana@acme', 'missingDomain'],
    ['ana smith', 'invalid'],
    ['@acme.com', 'invalid'],
    ['ana smith@acme.com', 'invalid'],
    ['ana@acme..com', 'invalid'],
    ['ana@-acme.com', 'invalid'],
    ['ana@acme.com, ben@acme.com', 'invalid'],
    ['ana@192.168.0.1', 'invalid'],
    [`${'a'.repeat(65)}@acme.com`, 'invalid'],
    [`ana@${'a.'.repeat(130)}com`, 'invalid'],
  ])('%s is %s', (typed, kind) => {
    expect(readEmail(typed).kind).toBe(kind)
  })

  it('knows a mailbox that a whole company reads', () => {
    expect(isSharedMailbox('info@acme.com')).toBe(true)
    expect(isSharedMailbox('ana@acme.com')).toBe(false)
  })

  it('has the key of its key', () => {
    const typed = fc.tuple(
      anyText,
      fc.constantFrom('gmail.com', 'GoogleMail.com', 'outlook.com', 'acme.co.uk'),
    )
    fc.assert(
      fc.property(typed, ([local, host]) => {
        const key = emailKey(`${local}@${host}`)
        fc.pre(key !== null)
        expect(emailKey(key ?? '')).toBe(key)
      }),
    )
    fc.assert(
      fc.property(fc.emailAddress(), address => {
        expect(emailKey(emailKey(address) ?? '')).toBe(emailKey(address))
      }),
    )
  })
})

describe('a company', () => {
  it.each([
    ['Müller GmbH & Co. KG', 'Müller', 'muller'],
    ['Foo GmbH&Co.KG', 'Foo', 'foo'],
    ['Grupo Norte S.A.B. de C.V.', 'Grupo Norte', 'grupo norte'],
    ['Zakład Sp. z o.o.', 'Zakład', 'zaklad'],
    ['Nordlys A/S', 'Nordlys', 'nordlys'],
    ['Boutique du Lac S.à r.l.', 'Boutique du Lac', 'boutique du lac'],
    ['Telma, S.A.', 'Telma', 'telma'],
    ['Kovács Kft.', 'Kovács', 'kovacs'],
    ['Rossi S.p.A.', 'Rossi', 'rossi'],
    ['De Vries B.V.', 'De Vries', 'de vries'],
    ['Outback Pty. Ltd.', 'Outback', 'outback'],
    ['Sakura K.K.', 'Sakura', 'sakura'],
    ['株式会社さくら', 'さくら', 'さくら'],
    ['さくら㈱', 'さくら', 'さくら'],
    ['ООО «Ромашка»', 'Ромашка', 'ромашка'],
    ['UAB "Vilkas"', 'Vilkas', 'vilkas'],
    ['Smith & Co.', 'Smith', 'smith'],
    ['Acme (UK) Ltd', 'Acme (UK)', 'acme uk'],
    ['Acme (Ltd)', 'Acme', 'acme'],
    ['Harbour Co.,Ltd.', 'Harbour', 'harbour'],
    ['L’Étoile SAS', 'L’Étoile', 'letoile'],
    ['Booking.example B.V.', 'Booking.example', 'booking example'],
  ])('%s is shown as %s and matched as %s', (typed, name, key) => {
    expect(companyName(typed)).toBe(name)
    expect(companyKey(typed)).toBe(key)
  })

  it.each([
    ['AG', 'ag'],
    ['Limited Ltd', 'limited'],
    ['The Company', 'the company'],
    ['UAB Medicine', 'uab medicine'],
    ['AO World', 'ao world'],
    ['Smart Ad', 'smart ad'],
    ['Volt EV Ltd', 'volt ev'],
  ])('%s keeps what may be its name', (typed, key) => {
    expect(companyKey(typed)).toBe(key)
  })

  it('has no key without a letter or digit', () => {
    expect(companyKey('🎉 !!')).toBeNull()
  })

  it('has the key of its key and of its shown name', () => {
    const form = fc.constantFrom(
      '',
      ' Ltd',
      ' GmbH & Co. KG',
      ' S.A.',
      ', Inc.',
      ' and Co',
      ' Sp. z o.o.',
      '株式会社',
    )
    fc.assert(
      fc.property(anyText, form, form, (name, one, two) => {
        const key = companyKey(name + one + two)
        fc.pre(key !== null)
        expect(companyKey(key ?? '')).toBe(key)
        expect(companyKey(companyName(name + one + two))).toBe(key)
      }),
    )
  })
})

describe('a number', () => {
  it.each([
    ['0044 20 7946 0018', 'US', '+442079460018', 'whatever the country dials abroad with'],
    ['0044 20 7946 0018', null, '+442079460018', 'without a country'],
    ['0011 44 20 7946 0018', 'AU', '+442079460018', 'as Australians dial'],
    ['011 44 20 7946 0018', 'US', '+442079460018', 'as Americans dial'],
    ['030 123456', 'DE', '+4930123456', 'in its country'],
    ['tel:+44-20-7946-0018', null, '+442079460018', 'copied from a link'],
  ])('%s (%s) is %s: %s', (typed, country, e164, _why) => {
    expect(readPhone(typed, country)).toMatchObject({ kind: 'ok', e164 })
  })

  it.each(['ext. 12', 'x12', 'Durchwahl 12', 'poste 12', '#12', ';ext=12', 'int. 12'])(
    'has its extension apart: %s',
    suffix => {
      expect(readPhone(`+44 20 7946 0018 ${suffix}`, null)).toMatchObject({
        e164: '+442079460018',
        extension: '12',
      })
    },
  )

  it.each([
    ['020 7946 0018', null, 'incomplete'],
    ['020 7946 0018 ext. 12', null, 'incomplete'],
    ['call me', 'GB', 'invalid'],
    ['12', 'GB', 'invalid'],
    ['+1 555 555 5555', null, 'invalid'],
    ['020 7946 0018', 'ZZ', 'incomplete'],
    ['020 7946 0018', 'FR', 'invalid'],
  ])('%s in %s is %s', (typed, country, kind) => {
    expect(readPhone(typed, country).kind).toBe(kind)
  })

  it.each([
    ['44', 'FR', true],
    ['44', 'GB', false],
    ['44', 'GG', false],
    ['1', 'CA', false],
    ['7', 'KZ', false],
    ['800', 'FR', false],
  ])('the code %s in %s is a contradiction: %s', (code, country, expected) => {
    expect(contradictsCountry(code, country)).toBe(expected)
  })

  it('names a country only where the number belongs to one', () => {
    expect(readPhone('+39 06 698 12345', null)).toMatchObject({ country: 'IT' })
    expect(readPhone('+1 800 356 9377', null)).toMatchObject({ country: null })
  })
})

describe('a domain', () => {
  it.each([
    ['https://www.acme.co.uk/contact?x=1', 'acme.co.uk'],
    ['github.io', 'github.io'],
    ['192.168.0.1', null],
    ['localhost', null],
    ['not a domain', null],
  ])('%s belongs to %s', (typed, registrable) => {
    expect(readDomain(typed)?.registrable ?? null).toBe(registrable)
  })

  it.each([
    ['gmail.com', 'free'],
    ['fastmail.com', 'free'],
    ['hotmail.co.uk', 'free'],
    ['sify.com', 'free'],
    ['mailinator.com', 'disposable'],
    ['box.mailinator.com', 'disposable'],
    ['acme.co.uk', 'business'],
    ['nus.edu.sg', 'business'],
    ['example.com', 'business'],
  ])('%s is %s', (host, kind) => {
    expect(mailDomainKind(host)).toBe(kind)
  })

  it.each([
    ['https://www.acme.com/about', 'acme.com'],
    ['linkedin.com/company/acme', null],
    ['https://sites.google.com/view/acme', null],
    ['acme.github.io', 'acme.github.io'],
    ['gmail.com', null],
    ['none', null],
  ])('the website %s is of %s', (website, domain) => {
    expect(websiteDomain(website)).toBe(domain)
  })

  it('is judged by the lists that are installed', () => {
    const installed = (name: string) =>
      `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version}`
    expect(domainLists.publicSuffixes).toBe(installed('tldts'))
    expect(domainLists.freeMail).toBe(installed('email-providers'))
    expect(domainLists.disposable).toBe(installed('disposable-email-domains-js'))
  })
})

describe("a person's name", () => {
  const named = (name: string) => ({ firstName: null, lastName: null, name })

  it.each([
    ['Dr. Ana Šmíd', 'ana smid'],
    ['Smith, Ana', 'ana smith'],
    ['Ana Smith, PhD', 'ana smith'],
    ['Herr Prof. Dr. Jörg Groß', 'jorg gross'],
    ["Seán O'Brien", 'sean obrien'],
    ['Ms', 'ms'],
    ['李小龙', '李小龙'],
  ])('%s is matched as %s', (name, key) => {
    expect(personKey(named(name))).toBe(key)
  })

  it('is put together from first and last and never cut apart', () => {
    expect(fullName({ firstName: 'Ana', lastName: 'Smith', name: null })).toBe('Ana Smith')
    expect(fullName({ firstName: null, lastName: null, name: 'Ana Maria Lopez Garcia' })).toBe(
      'Ana Maria Lopez Garcia',
    )
    expect(fullName({ firstName: null, lastName: null, name: null })).toBeNull()
  })

  it.each([
    ['Ana Smith', 'ana  SMITH', 'equal'],
    ['Ana Smith', 'Smith, Ana', 'equal'],
    ['Jon Smith', 'John Smith', 'similar'],
    ['J. Smith', 'John Smith', 'similar'],
    ['John Q. Smith', 'John Smith', 'similar'],
    ['Maria Garcia Lopez', 'Maria Garcia', 'similar'],
    ['Catherine Schmidt', 'Katherine Schmitt', 'similar'],
    ['John Smith', 'Jane Smith', 'different'],
    ['Ana Smith', 'Ana Jones', 'different'],
    ['Bob Smith', 'Robert Smith', 'different'],
    ['Ana', 'Ana Smith', 'unknown'],
    ['Ben', 'Ana Smith', 'different'],
    ['', 'Ana Smith', 'unknown'],
  ])('%s and %s are %s, either way round', (a, b, likeness) => {
    expect(compareNames(named(a), named(b))).toBe(likeness)
    expect(compareNames(named(b), named(a))).toBe(likeness)
  })
})

describe('Jaro-Winkler', () => {
  it.each([
    ['MARTHA', 'MARHTA', 0.9611],
    ['DIXON', 'DICKSONX', 0.8133],
    ['DWAYNE', 'DUANE', 0.84],
    ['', '', 1],
    ['A', '', 0],
    ['A', 'B', 0],
    ['SAME', 'SAME', 1],
  ])('of %s and %s is %f, as published', (a, b, expected) => {
    expect(jaroWinkler(a, b)).toBeCloseTo(expected, 4)
  })

  it('is symmetric, from 0 to 1, and 1 for a text and itself', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        const likeness = jaroWinkler(a, b)
        expect(likeness).toBe(jaroWinkler(b, a))
        expect(likeness).toBeGreaterThanOrEqual(0)
        expect(likeness).toBeLessThanOrEqual(1)
        expect(jaroWinkler(a, a)).toBe(1)
      }),
    )
  })
})

describe('folding', () => {
  it.each([
    ['MÜLLER', 'muller'],
    ['Groß', 'gross'],
    ['ŁÓDŹ', 'lodz'],
    ['İstanbul', 'istanbul'],
    ['Ａｃｍｅ', 'acme'],
    ['Βουνός', 'βουνοσ'],
    ['한국', '한국'],
    ['हिन्दी', 'हिन्दी'],
  ])('%s becomes %s', (text, folded) => {
    expect(fold(text)).toBe(folded)
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })
})
