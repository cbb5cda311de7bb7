import { foldedWords } from './fold.js'

/** The industry that a domain's ending is reserved for, or `null`: `nhs.uk`, `.edu`, `.gov.au`. */
export function industryOfDomain(domain: string): string | null {
  return endings.find(([ending]) => ending.test(domain))?.[1] ?? null
}

/** The industry that a company's name names, or `null` when it names none or two. */
export function industryOfCompany(company: string): string | null {
  const named = new Set(foldedWords(company).flatMap(word => byWord.get(word) ?? []))
  const [industry] = named
  return named.size === 1 && industry !== undefined ? industry : null
}

const endings: readonly (readonly [RegExp, string])[] = [
  [/\.nhs\.(?:uk|scot|wales)$|^nhs\.net$/, 'healthcare'],
  [/\.edu$|\.(?:ac|edu|sch)\.[a-z]{2}$/, 'education'],
  [/\.(?:gov|mil)$|\.(?:gov|gouv|gob|gub|govt|mil)\.[a-z]{2}$|\.gouv\.fr$|\.admin\.ch$/, 'government'],
  [/\.(?:bank|insurance)$/, 'financial services'],
  [/\.museum$/, 'arts'],
]

// Words that a company puts into its name to say what it does, in the languages that we meet most.
const words: Record<string, string> = {
  healthcare:
    'hospital hospitals clinic clinics klinik klinikum clinique clinica health healthcare medical dental dentist dentistry pharmacy apotheke surgery physiotherapy krankenhaus hopital praxis',
  education:
    'university universitat universite universita universidad college school schule academy akademie hochschule',
  'financial services':
    'bank banque banca banco sparkasse insurance assurance versicherung versicherungen leasing',
  legal: 'solicitors lawyers attorneys rechtsanwalte kanzlei notaire avocats abogados avvocati advocates',
  construction: 'construction builders building bau hochbau tiefbau roofing scaffolding plumbing',
  manufacturing: 'manufacturing maschinenbau werkzeugbau metallbau foundry industries stahl steel',
  logistics: 'logistics logistik transport transports spedition haulage shipping freight logistica',
  software: 'software saas informatique informatik',
  'real estate': 'immobilien realty estates immobilier immobiliare inmobiliaria lettings',
  hospitality: 'hotel hotels restaurant restaurants catering hostel',
  energy: 'energy energie solar stadtwerke photovoltaik',
  government: 'council ministry ministerium municipality stadtverwaltung gemeinde',
}

const byWord = new Map(
  Object.entries(words).flatMap(([industry, names]) =>
    names.split(' ').map(word => [word, industry] as const),
  ),
)
