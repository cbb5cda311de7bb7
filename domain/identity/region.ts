import { iso31662 } from 'iso-3166'
import { foldedWords } from './fold.js'

/** What could be made of a region as a person typed it. */
export type RegionReading =
  | { kind: 'ok'; code: string }
  /** A code of another country than the lead's. */
  | { kind: 'otherCountry' }
  | { kind: 'unknown' }

/**
 * ISO 3166-2 of a region given by its full code (`US-CA`), or by name or short code (`California`, `CA`) within a
 * country. Where one name stands for a region and a part of it, the region is meant; where it stands for two of one
 * level, it stays unknown.
 */
export function readRegion(typed: string, country: string | null): RegionReading {
  const full = typed
    .trim()
    .toUpperCase()
    .replace(/\s*-\s*/, '-')
  if (codes.has(full)) {
    return country === null || full.startsWith(`${country}-`)
      ? { kind: 'ok', code: full }
      : { kind: 'otherCountry' }
  }
  if (country === null) return { kind: 'unknown' }
  const short = `${country}-${full}`
  if (codes.has(short)) return { kind: 'ok', code: short }
  const name = foldedWords(typed).join(' ')
  const code = aliases[country]?.[name] ?? namesByCountry.get(country)?.get(name)
  return code ? { kind: 'ok', code } : { kind: 'unknown' }
}

/** The country of an ISO 3166-2 code, or `null` when the code is none. */
export function countryOfRegion(code: string): string | null {
  return codes.has(code) ? code.slice(0, 2) : null
}

/** The name of a region for a sentence; the code itself where there is none. */
export function regionName(code: string): string {
  const name = nameByCode.get(code)
  return name === undefined ? code : (nameForms(name)[0] ?? name)
}

function tableOfNames(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const countries = new Map<string, Map<string, { code: string | null; level: number }>>()
  for (const entry of iso31662) {
    const country = entry.code.slice(0, 2)
    const level = entry.parent === country ? 1 : 2
    const names = countries.get(country) ?? new Map<string, { code: string | null; level: number }>()
    countries.set(country, names)
    for (const name of nameForms(entry.name).map(form => foldedWords(form).join(' '))) {
      const other = names.get(name)
      if (!other || level < other.level) names.set(name, { code: entry.code, level })
      else if (level === other.level && other.code !== entry.code) names.set(name, { code: null, level })
    }
  }
  return new Map([...countries].map(([country, names]) => [country, new Map(onlyTold(names))]))
}

function onlyTold(names: ReadonlyMap<string, { code: string | null }>): [string, string][] {
  return [...names].flatMap(([name, { code }]) => (code === null ? [] : [[name, code]]))
}

// ISO writes `Bristol, City of`, `Bolzano, Bozen`, `Sofia (stolitsa)`: each part is a name, and so is the turned whole.
function nameForms(name: string): string[] {
  const plain = name.replace(/\s*[([].*[)\]]/, '')
  const parts = plain.split(/\s*[,/]\s*/).filter(part => part !== '')
  return [
    ...new Set([...parts.filter(part => !genericPart.test(part)), [...parts].reverse().join(' '), plain]),
  ]
}

const genericPart = /^(?:the|county|city of|comunidad|comunidad de|respublika|región de|principado de)$/i

const codes: ReadonlySet<string> = new Set(iso31662.map(entry => entry.code))
const nameByCode = new Map(iso31662.map(entry => [entry.code, entry.name]))
const namesByCountry = tableOfNames()

// English names of regions that ISO lists in their own language, and `London`, which ISO has only as the one square
// mile of the City; a lead from London is from England.
const aliases: Record<string, Record<string, string>> = {
  GB: { london: 'GB-ENG', 'greater london': 'GB-ENG' },
  US: { 'washington dc': 'US-DC', 'washington d c': 'US-DC', 'd c': 'US-DC' },
  DE: {
    bavaria: 'DE-BY',
    hesse: 'DE-HE',
    'lower saxony': 'DE-NI',
    'mecklenburg western pomerania': 'DE-MV',
    'north rhine westphalia': 'DE-NW',
    nrw: 'DE-NW',
    'rhineland palatinate': 'DE-RP',
    saxony: 'DE-SN',
    'saxony anhalt': 'DE-ST',
    thuringia: 'DE-TH',
    ...{ 'baden wuerttemberg': 'DE-BW', thueringen: 'DE-TH' },
  },
  AT: {
    ...{ vienna: 'AT-9', tyrol: 'AT-7', carinthia: 'AT-2', styria: 'AT-6' },
    ...{ 'lower austria': 'AT-3', 'upper austria': 'AT-4' },
  },
  CH: { geneva: 'CH-GE', zurich: 'CH-ZH', lucerne: 'CH-LU', basel: 'CH-BS', berne: 'CH-BE' },
  IT: {
    ...{ lombardy: 'IT-25', piedmont: 'IT-21', tuscany: 'IT-52', sicily: 'IT-82', sardinia: 'IT-88' },
    ...{ apulia: 'IT-75', 'aosta valley': 'IT-23' },
  },
  ES: {
    ...{
      catalonia: 'ES-CT',
      cataluna: 'ES-CT',
      andalusia: 'ES-AN',
      'basque country': 'ES-PV',
      'pais vasco': 'ES-PV',
    },
    ...{
      'canary islands': 'ES-CN',
      'balearic islands': 'ES-IB',
      navarre: 'ES-NC',
      'castile and leon': 'ES-CL',
    },
  },
  FR: { brittany: 'FR-BRE', normandy: 'FR-NOR', corsica: 'FR-20R', paris: 'FR-75C' },
  BE: { flanders: 'BE-VLG', wallonia: 'BE-WAL', brussels: 'BE-BRU', bruxelles: 'BE-BRU', brussel: 'BE-BRU' },
  NL: {
    ...{ 'north holland': 'NL-NH', 'south holland': 'NL-ZH', 'north brabant': 'NL-NB', friesland: 'NL-FR' },
  },
}
