import countries from 'i18n-iso-countries/index.js'
import ar from 'i18n-iso-countries/langs/ar.json' with { type: 'json' }
import bg from 'i18n-iso-countries/langs/bg.json' with { type: 'json' }
import cs from 'i18n-iso-countries/langs/cs.json' with { type: 'json' }
import da from 'i18n-iso-countries/langs/da.json' with { type: 'json' }
import de from 'i18n-iso-countries/langs/de.json' with { type: 'json' }
import el from 'i18n-iso-countries/langs/el.json' with { type: 'json' }
import en from 'i18n-iso-countries/langs/en.json' with { type: 'json' }
import es from 'i18n-iso-countries/langs/es.json' with { type: 'json' }
import fi from 'i18n-iso-countries/langs/fi.json' with { type: 'json' }
import fr from 'i18n-iso-countries/langs/fr.json' with { type: 'json' }
import hu from 'i18n-iso-countries/langs/hu.json' with { type: 'json' }
import it from 'i18n-iso-countries/langs/it.json' with { type: 'json' }
import ja from 'i18n-iso-countries/langs/ja.json' with { type: 'json' }
import ko from 'i18n-iso-countries/langs/ko.json' with { type: 'json' }
import nb from 'i18n-iso-countries/langs/nb.json' with { type: 'json' }
import nl from 'i18n-iso-countries/langs/nl.json' with { type: 'json' }
import pl from 'i18n-iso-countries/langs/pl.json' with { type: 'json' }
import pt from 'i18n-iso-countries/langs/pt.json' with { type: 'json' }
import ro from 'i18n-iso-countries/langs/ro.json' with { type: 'json' }
import ru from 'i18n-iso-countries/langs/ru.json' with { type: 'json' }
import sv from 'i18n-iso-countries/langs/sv.json' with { type: 'json' }
import tr from 'i18n-iso-countries/langs/tr.json' with { type: 'json' }
import uk from 'i18n-iso-countries/langs/uk.json' with { type: 'json' }
import zh from 'i18n-iso-countries/langs/zh.json' with { type: 'json' }
import { foldedWords } from './fold.js'

/**
 * ISO 3166-1 alpha-2 of a country given as alpha-2, alpha-3 or by its name in one of 24 languages; `null` when it
 * cannot be told. A name that two countries share (`Congo`) cannot.
 */
export function countryCode(typed: string): string | null {
  const name = nameKey(typed)
  return codeByAlias.get(name) ?? codeByCode.get(name) ?? codeByName.get(name) ?? null
}

/** The English name of a country for a sentence; the code itself where there is none. */
export function countryName(alpha2: string): string {
  return sentenceNames.get(alpha2) ?? countries.getName(alpha2, 'en') ?? alpha2
}

/** The country of a domain's top level (`acme.de`), or `null` where the ending is sold to everybody (`acme.io`). */
export function countryOfDomain(domain: string): string | null {
  const ending = domain.slice(domain.lastIndexOf('.') + 1).toUpperCase()
  // Two letters: `.com` is also the alpha-3 of the Comoros.
  if (ending.length !== 2 || soldToEverybody.has(ending)) return null
  return ending === 'UK' ? 'GB' : (codeByCode.get(ending.toLowerCase()) ?? null)
}

/** `U.S.A.` and `usa` are one; so are `Côte d’Ivoire` and `cote d'ivoire`. */
function nameKey(name: string): string {
  return foldedWords(name.replace(/\.(?=\S)|\.$/g, '').replace(/\(.*\)/, ' ')).join(' ')
}

const codeByCode = new Map(
  Object.entries(countries.getAlpha2Codes()).flatMap(([alpha2, alpha3]) => [
    [alpha2.toLowerCase(), alpha2] as const,
    [alpha3.toLowerCase(), alpha2] as const,
  ]),
)

const locales = [
  en,
  ar,
  bg,
  cs,
  da,
  de,
  el,
  es,
  fi,
  fr,
  hu,
  it,
  ja,
  ko,
  nb,
  nl,
  pl,
  pt,
  ro,
  ru,
  sv,
  tr,
  uk,
  zh,
]
countries.registerLocale(en)

const codeByName = tableOfNames()

function tableOfNames(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>()
  const shared = new Set<string>()
  for (const locale of locales) {
    for (const [code, names] of Object.entries(locale.countries)) {
      for (const name of [names].flat().map(nameKey)) {
        if (codes.has(name) && codes.get(name) !== code) shared.add(name)
        codes.set(name, code)
      }
    }
  }
  for (const name of shared) codes.delete(name)
  return codes
}

// What people write besides ISO's names and codes. Parts of the United Kingdom are not countries of ISO 3166-1.
const codeByAlias = new Map([
  ...['uk', 'u k', 'england', 'scotland', 'wales', 'northern ireland', 'britain', 'gb eng', 'gb sct'].map(
    name => [name, 'GB'] as const,
  ),
  ...[
    'royaume uni',
    'reino unido',
    'regno unito',
    'grossbritannien',
    'groot brittannie',
    'storbritannien',
  ].map(name => [name, 'GB'] as const),
  ...[
    'america',
    'u s',
    'u s a',
    'the united states',
    'the us',
    'the usa',
    'etats unis',
    'estados unidos',
  ].map(name => [name, 'US'] as const),
  ...['stati uniti', 'vereinigte staaten', 'verenigde staten', 'eeuu', 'ee uu'].map(
    name => [name, 'US'] as const,
  ),
  ...['eire', 'republic of ireland'].map(name => [name, 'IE'] as const),
  // The European Commission's code for Greece, found on every VAT form.
  ['el', 'GR'],
  ['the netherlands', 'NL'],
  ['brd', 'DE'],
  ['macedonia', 'MK'],
  ['ksa', 'SA'],
  ['emirates', 'AE'],
  ['dubai', 'AE'],
  ['congo kinshasa', 'CD'],
  ['congo brazzaville', 'CG'],
] as const)

const sentenceNames = new Map([
  ['GB', 'the United Kingdom'],
  ['US', 'the United States'],
  ['NL', 'the Netherlands'],
  ['AE', 'the United Arab Emirates'],
  ['CZ', 'Czechia'],
])

/** Country endings that their registries sell to the world, so that they say little of where a company is. */
const soldToEverybody = new Set(
  'AC AG AI AM AS BZ CC CD CO CX DJ FM GD GG GL GS IM IO JE LA LC LY ME MS MU NU PM PW RE SC SH SO ST SU TC TF TK TL TM TO TV VC VG WS'.split(
    ' ',
  ),
)
