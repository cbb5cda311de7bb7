import { foldedWords } from './fold.js'

/** The BCP 47 primary subtag of a language given as tag (`en-GB`), ISO 639-2 code or name; `null` if it is unknown. */
export function languageSubtag(typed: string): string | null {
  const words = foldedWords(typed)
  // The whole first (`Bahasa Indonesia`), then `en` of `en-GB`, then `Portuguese` of `Brazilian Portuguese`.
  return byName.get(words.join(' ')) ?? byName.get(words[0] ?? '') ?? byName.get(words.at(-1) ?? '') ?? null
}

/** The English name of a language for a sentence; the subtag itself where there is none. */
export function languageName(subtag: string): string {
  return languages[subtag]?.[0] ?? subtag
}

/** The language that nearly everybody in business writes in a country; `null` where there are several. */
export function languageOfCountry(country: string): string | null {
  return oneLanguage.get(country) ?? null
}

// Subtag: English name, own name, ISO 639-2 codes.
const languages: Record<string, readonly [string, ...string[]]> = {
  ar: ['Arabic', 'العربية', 'ara'],
  bg: ['Bulgarian', 'български', 'bul'],
  bn: ['Bengali', 'বাংলা', 'ben'],
  bs: ['Bosnian', 'bosanski', 'bos'],
  ca: ['Catalan', 'català', 'cat'],
  cs: ['Czech', 'čeština', 'česky', 'ces', 'cze'],
  cy: ['Welsh', 'Cymraeg', 'cym', 'wel'],
  da: ['Danish', 'dansk', 'dan'],
  de: ['German', 'Deutsch', 'deu', 'ger', 'allemand', 'tedesco', 'alemán'],
  el: ['Greek', 'ελληνικά', 'ell', 'gre'],
  en: [
    'English',
    'Englisch',
    'anglais',
    'inglés',
    'inglese',
    'inglês',
    'engels',
    'engelska',
    'engelsk',
    'eng',
  ],
  es: ['Spanish', 'español', 'castellano', 'castilian', 'spa', 'Spanisch', 'espagnol'],
  et: ['Estonian', 'eesti', 'est'],
  eu: ['Basque', 'euskara', 'eus', 'baq'],
  fa: ['Persian', 'Farsi', 'فارسی', 'fas', 'per'],
  fi: ['Finnish', 'suomi', 'fin'],
  fr: ['French', 'français', 'fra', 'fre', 'Französisch', 'francés', 'francese'],
  ga: ['Irish', 'Gaeilge', 'gle'],
  gl: ['Galician', 'galego', 'glg'],
  he: ['Hebrew', 'עברית', 'heb'],
  hi: ['Hindi', 'हिन्दी', 'hin'],
  hr: ['Croatian', 'hrvatski', 'hrv'],
  hu: ['Hungarian', 'magyar', 'hun'],
  id: ['Indonesian', 'Bahasa Indonesia', 'ind'],
  is: ['Icelandic', 'íslenska', 'isl', 'ice'],
  it: ['Italian', 'italiano', 'ita', 'Italienisch', 'italien'],
  ja: ['Japanese', '日本語', 'jpn'],
  ka: ['Georgian', 'ქართული', 'kat', 'geo'],
  kk: ['Kazakh', 'қазақша', 'kaz'],
  ko: ['Korean', '한국어', 'kor'],
  lt: ['Lithuanian', 'lietuvių', 'lit'],
  lv: ['Latvian', 'latviešu', 'lav'],
  mk: ['Macedonian', 'македонски', 'mkd', 'mac'],
  ms: ['Malay', 'Bahasa Melayu', 'msa', 'may'],
  mt: ['Maltese', 'Malti', 'mlt'],
  nl: ['Dutch', 'Nederlands', 'Flemish', 'Vlaams', 'nld', 'dut', 'Niederländisch', 'néerlandais'],
  no: ['Norwegian', 'norsk', 'nor', 'nb', 'nob', 'bokmål', 'nn', 'nno', 'nynorsk'],
  pl: ['Polish', 'polski', 'pol', 'Polnisch', 'polonais'],
  pt: ['Portuguese', 'português', 'por', 'Portugiesisch', 'portugais', 'portugués'],
  ro: ['Romanian', 'română', 'ron', 'rum'],
  ru: ['Russian', 'русский', 'rus'],
  sk: ['Slovak', 'slovenčina', 'slk', 'slo'],
  sl: ['Slovenian', 'Slovene', 'slovenščina', 'slv'],
  sq: ['Albanian', 'shqip', 'sqi', 'alb'],
  sr: ['Serbian', 'српски', 'srpski', 'srp'],
  sv: ['Swedish', 'svenska', 'swe', 'Schwedisch'],
  ta: ['Tamil', 'தமிழ்', 'tam'],
  th: ['Thai', 'ไทย', 'tha'],
  tr: ['Turkish', 'Türkçe', 'tur'],
  uk: ['Ukrainian', 'українська', 'ukr'],
  ur: ['Urdu', 'اردو', 'urd'],
  vi: ['Vietnamese', 'Tiếng Việt', 'vie'],
  zh: ['Chinese', '中文', 'Mandarin', 'zho', 'chi'],
}

const byName = new Map(
  Object.entries(languages).flatMap(([subtag, names]) =>
    [subtag, ...names].map(name => [foldedWords(name).join(' '), subtag] as const),
  ),
)

const oneLanguage = new Map(
  Object.entries({
    de: 'DE AT LI',
    en: 'GB US IE AU NZ',
    es: 'ES MX AR CO CL PE EC UY VE CR PA GT DO',
    fr: 'FR MC',
    pt: 'PT BR',
    ...{
      it: 'IT SM',
      nl: 'NL',
      da: 'DK',
      sv: 'SE',
      no: 'NO',
      fi: 'FI',
      is: 'IS',
      pl: 'PL',
      cs: 'CZ',
      sk: 'SK',
      hu: 'HU',
    },
    ...{
      ro: 'RO',
      bg: 'BG',
      el: 'GR',
      hr: 'HR',
      sl: 'SI',
      et: 'EE',
      lv: 'LV',
      lt: 'LT',
      tr: 'TR',
      ja: 'JP',
      ko: 'KR',
    },
    ...{ zh: 'CN TW', th: 'TH', vi: 'VN', id: 'ID', uk: 'UA', ru: 'RU', he: 'IL' },
  }).flatMap(([language, countries]) => countries.split(' ').map(country => [country, language] as const)),
)
