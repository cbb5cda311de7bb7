import { describe, expect, it } from 'vitest'
import { countryCode, countryName, countryOfDomain } from '../../domain/identity/country.js'
import { languageOfCountry, languageSubtag } from '../../domain/identity/language.js'
import { looksBritish, readPostcode } from '../../domain/identity/postcode.js'
import { regionOfPostcode } from '../../domain/identity/postcoderegion.js'
import { readRegion, regionName } from '../../domain/identity/region.js'

describe('a country', () => {
  it.each([
    ['GB', 'GB'],
    ['gbr', 'GB'],
    ['UK', 'GB'],
    ['U.K.', 'GB'],
    ['England', 'GB'],
    ['Scotland', 'GB'],
    ['Royaume-Uni', 'GB'],
    ['Vereinigtes Königreich', 'GB'],
    ['U.S.A.', 'US'],
    ['United States (USA)', 'US'],
    ['États-Unis', 'US'],
    ['Deutschland', 'DE'],
    ['Allemagne', 'DE'],
    ['ドイツ', 'DE'],
    ['Россия', 'RU'],
    ['Côte d’Ivoire', 'CI'],
    ['Holland', 'NL'],
    ['EL', 'GR'],
    ['Georgia', 'GE'],
    ['Congo', null],
    ['Korea', null],
    ['Narnia', null],
    ['', null],
  ])('%s is %s', (typed, code) => {
    expect(countryCode(typed)).toBe(code)
  })

  it.each([
    ['acme.de', 'DE'],
    ['acme.co.uk', 'GB'],
    ['acme.io', null],
    ['acme.co', null],
    ['acme.ai', null],
    ['acme.com', null],
    ['acme.eu', null],
  ])('the ending of %s tells %s', (domain, code) => {
    expect(countryOfDomain(domain)).toBe(code)
  })

  it('has a name that fits a sentence', () => {
    expect(countryName('GB')).toBe('the United Kingdom')
    expect(countryName('FR')).toBe('France')
    expect(countryName('ZZ')).toBe('ZZ')
  })
})

describe('a region', () => {
  it.each([
    ['California', 'US', 'US-CA'],
    ['ca', 'US', 'US-CA'],
    ['US-CA', null, 'US-CA'],
    ['us - ca', 'US', 'US-CA'],
    ['Bavaria', 'DE', 'DE-BY'],
    ['Bayern', 'DE', 'DE-BY'],
    ['Baden Württemberg', 'DE', 'DE-BW'],
    ['Bristol', 'GB', 'GB-BST'],
    ['City of Bristol', 'GB', 'GB-BST'],
    ['London', 'GB', 'GB-ENG'],
    ['La Rioja', 'ES', 'ES-RI'],
    ['Ile-de-France', 'FR', 'FR-IDF'],
    ['Québec', 'CA', 'CA-QC'],
    ['NSW', 'AU', 'AU-NSW'],
  ])('%s in %s is %s', (typed, country, code) => {
    expect(readRegion(typed, country)).toEqual({ kind: 'ok', code })
  })

  it.each([
    ['US-CA', 'FR', 'otherCountry'],
    ['California', null, 'unknown'],
    ['California', 'FR', 'unknown'],
    ['Tartu', 'EE', 'unknown'],
    ['Bay Area', 'US', 'unknown'],
  ])('%s in %s is %s', (typed, country, kind) => {
    expect(readRegion(typed, country)).toEqual({ kind })
  })

  it('has a name that fits a sentence', () => {
    expect(regionName('GB-BST')).toBe('Bristol')
    expect(regionName('ES-MD')).toBe('Madrid')
    expect(regionName('XX-1')).toBe('XX-1')
  })
})

describe('a postcode', () => {
  it.each([
    ['sw1a 1aa', 'GB', 'SW1A 1AA', 'SW1A'],
    ['m11ae', 'GB', 'M1 1AE', 'M1'],
    ['GIR 0AA', 'GB', 'GIR 0AA', 'GIR'],
    ['SW1A', 'GB', 'SW1A', 'SW1A'],
    ['94105', 'US', '94105', '94105'],
    ['94105-1234', 'US', '94105-1234', '94105'],
    ['941051234', 'US', '94105-1234', '94105'],
    ['k1a 0b6', 'CA', 'K1A 0B6', 'K1A0B6'],
    ['1234ab', 'NL', '1234 AB', '1234AB'],
    ['D-80331', 'DE', '80331', '80331'],
    ['CH-8001', 'CH', '8001', '8001'],
    ['75008', 'FR', '75008', '75008'],
    ['00950', 'PL', '00-950', '00950'],
    ['11122', 'SE', '111 22', '11122'],
    ['1000001', 'JP', '100-0001', '1000001'],
    ['ab1 2', 'KE', 'AB1 2', 'AB12'],
    ['80331', null, '80331', '80331'],
  ])('%s in %s is written %s and routed by %s', (typed, country, written, area) => {
    expect(readPostcode(typed, country)).toEqual({ written, area })
  })

  it.each([
    ['12345', 'GB'],
    ['SW1A 1A', 'GB'],
    ['SW1A 1AC', 'GB'],
    ['9410', 'US'],
    ['D1A 0B6', 'CA'],
    ['0123 AB', 'NL'],
    ['8033', 'DE'],
    ['F-80331', 'DE'],
    ['x', null],
    ['somewhere in town', null],
  ])('%s does not fit %s', (typed, country) => {
    expect(readPostcode(typed, country)).toBeNull()
  })

  it('is read the same once it is written out', () => {
    for (const [typed, country] of [
      ['m11ae', 'GB'],
      ['941051234', 'US'],
      ['k1a0b6', 'CA'],
      ['00950', 'PL'],
    ] as const) {
      const once = readPostcode(typed, country)
      expect(readPostcode(once?.written ?? '', country)).toEqual(once)
    }
  })

  it('shows its country by its shape in Britain alone', () => {
    expect(looksBritish('sw1a1aa')).toBe(true)
    expect(looksBritish('K1A 0B6')).toBe(false)
    expect(looksBritish('1234 AB')).toBe(false)
    expect(looksBritish('SW1A')).toBe(false)
  })

  it.each([
    ['BT1', 'GB', 'GB-NIR'],
    ['EH1', 'GB', 'GB-SCT'],
    ['CF10', 'GB', 'GB-WLS'],
    ['B33', 'GB', 'GB-ENG'],
    ['JE2', 'GB', undefined],
    ['94105', 'US', 'US-CA'],
    ['10001', 'US', 'US-NY'],
    ['05501', 'US', 'US-MA'],
    ['34001', 'US', undefined],
    ['K1A0B6', 'CA', 'CA-ON'],
    ['X0A0H0', 'CA', undefined],
    ['2600', 'AU', 'AU-ACT'],
    ['2000', 'AU', 'AU-NSW'],
    ['80331', 'DE', undefined],
  ])('%s in %s lies in %s', (area, country, region) => {
    expect(regionOfPostcode(area, country)?.region).toBe(region)
  })

  it('names only regions that ISO 3166-2 has', () => {
    const letters = [...'ABCEGHJKLMNPRSTVY'].map(letter => regionOfPostcode(letter, 'CA'))
    const zips = Array.from({ length: 1000 }, (_, zip) => regionOfPostcode(`${zip}`.padStart(3, '0'), 'US'))
    const codes = Array.from({ length: 100 }, (_, code) =>
      regionOfPostcode(`${code * 100}`.padStart(4, '0'), 'AU'),
    )
    const regions = new Set([...letters, ...zips, ...codes].flatMap(found => found?.region ?? []))
    expect([...regions].filter(region => readRegion(region, null).kind !== 'ok')).toEqual([])
    expect([...regions].filter(region => region.startsWith('US-'))).toHaveLength(53) // states, DC, PR and VI
  })
})

describe('a language', () => {
  it.each([
    ['English', 'en'],
    ['en-GB', 'en'],
    ['EN_us', 'en'],
    ['de', 'de'],
    ['Deutsch', 'de'],
    ['ger', 'de'],
    ['français', 'fr'],
    ['Bahasa Indonesia', 'id'],
    ['Brazilian Portuguese', 'pt'],
    ['zh-Hans-CN', 'zh'],
    ['nb-NO', 'no'],
    ['Klingon', null],
  ])('%s is %s', (typed, subtag) => {
    expect(languageSubtag(typed)).toBe(subtag)
  })

  it('follows from a country that writes one alone', () => {
    expect(languageOfCountry('AT')).toBe('de')
    expect(languageOfCountry('CH')).toBeNull()
    expect(languageOfCountry('BE')).toBeNull()
  })
})
