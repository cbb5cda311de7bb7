import { registrableDomain, websiteDomain } from './identity/domainname.js'
import { isSharedMailbox } from './identity/email.js'
import { fold } from './identity/fold.js'
import { jaroWinkler } from './identity/jarowinkler.js'
import { compareNames, type NameLikeness } from './identity/person.js'
import type { NormalisedLead } from './lead.js'

/** What matching reads of a lead or a contact. */
export type MatchSubject = Pick<
  NormalisedLead,
  | 'source'
  | 'externalId'
  | 'firstName'
  | 'lastName'
  | 'name'
  | 'emailKey'
  | 'domain'
  | 'domainKind'
  | 'website'
  | 'phoneE164'
  | 'phoneExtension'
  | 'companyKey'
  | 'city'
  | 'region'
  | 'postcodeArea'
  | 'country'
>

/**
 * Points per piece of evidence that two records are of one person. With the thresholds 90 (merge) and 60 (review) an
 * exact key merges unless something contradicts it, and likeness alone never does: it is worth 85 at most. A false
 * merge hands a person's lead to somebody else's record; a missed one costs a second call.
 */
export const matchWeights = {
  sameExternalId: 100,
  sameEmail: 100,
  samePhone: 95,
  /** Each exact key besides the strongest: it only decides between two candidates. */
  furtherKey: 5,
  /** `info@acme.com` from two people with different names. */
  sharedMailboxOtherPerson: -40,
  /** One number, different names: a switchboard or a family. */
  sharedPhoneOtherPerson: -35,
  sharedPhoneOtherEmail: -35,
  samePerson: 50,
  nearPerson: 25,
  /** One business domain, or one company key in countries that do not differ. Counts beside an agreeing name alone. */
  sameCompany: 25,
  nearCompany: 15,
  samePlace: 10,
  /** Two addresses without an exact key in common. */
  otherEmail: -25,
} as const
export type EvidenceName = keyof typeof matchWeights

/** One reason of a score. `detail` is a code or a likeness such as `0.95`, never a value of the lead. */
type Evidence = { name: EvidenceName; weight: number; detail: string }

export type MatchScore = { score: number; reasons: Evidence[] }

/** `open`: its life has not ended, so that a submission can still join it. */
export type ScoredCandidate = MatchScore & { id: string; open: boolean }

export type Thresholds = { merge: number; review: number }

export type Verdict =
  | { kind: 'new' }
  | { kind: 'same'; candidateId: string; score: number; reasons: Evidence[] }
  | { kind: 'possible'; candidateIds: string[]; score: number; reasons: Evidence[] }

/** How likely two records are of one person, 0 to 100, with the reasons. Symmetric. */
export function scoreMatch(lead: MatchSubject, candidate: MatchSubject): MatchScore {
  const likeness = compareNames(lead, candidate)
  const keys = exactKeys(lead, candidate)
  const [strongest, ...further] = keys
  const reasons = strongest
    ? [strongest, ...further.map(furtherKey), ...doubts(strongest, likeness, lead, candidate)]
    : resemblance(likeness, lead, candidate)
  return { score: Math.min(100, Math.max(0, total(reasons))), reasons }
}

/**
 * What to do with a lead, given its scored candidates, the newest first. At or above `merge` it is the same person as
 * the open candidate with the most evidence, or else the closed one; an open one goes first, since a person whose
 * lead is open must not get a second clock. Two open ones with equally much evidence are for a person to decide, and
 * so is whatever lies between the thresholds, best candidate first.
 *
 * @throws RangeError when the thresholds are the wrong way round
 */
export function verdict(candidates: readonly ScoredCandidate[], thresholds: Thresholds): Verdict {
  if (!(thresholds.review <= thresholds.merge)) {
    throw new RangeError(
      `review threshold ${thresholds.review} is above the merge threshold ${thresholds.merge}`,
    )
  }
  const ranked = candidates
    .filter(({ score, reasons }) => reasons.length > 0 && score >= thresholds.review)
    .toSorted((a, b) => total(b.reasons) - total(a.reasons))
  const certain = ranked.filter(({ score }) => score >= thresholds.merge)
  const [best, rival] = preferring(certain, ({ open }) => open)
  const isContested = best?.open && rival !== undefined && total(rival.reasons) === total(best.reasons)
  if (best && !isContested) {
    return { kind: 'same', candidateId: best.id, score: best.score, reasons: best.reasons }
  }
  const [likeliest] = ranked
  if (!likeliest) return { kind: 'new' }
  const { score, reasons } = best ?? likeliest
  return { kind: 'possible', candidateIds: ranked.map(({ id }) => id), score, reasons }
}

/**
 * Every key by which another record of the same person can be found, the most telling first: candidates are looked for
 * by these and by nothing else. They hold personal data: they may stand beside the lead, never in a log.
 */
export function matchKeys(lead: MatchSubject): string[] {
  return [
    ...(lead.externalId === null ? [] : [`external:${lead.source}:${lead.externalId}`]),
    ...(lead.emailKey === null ? [] : [`email:${lead.emailKey}`]),
    ...(lead.phoneE164 === null ? [] : [`phone:${lead.phoneE164}`]),
    ...businessDomains(lead).map(domain => `domain:${domain}`),
    ...(lead.companyKey === null ? [] : [`company:${lead.country ?? '-'}:${lead.companyKey}`]),
  ]
}

/**
 * The same keys as the names of the locks that a lead takes while it is matched, sorted, so that two submissions of one
 * person cannot both find nothing and no two transactions wait for each other. As locks they are hashed.
 */
export function blockingKeys(lead: MatchSubject): string[] {
  return matchKeys(lead).sort(byCode)
}

/** A CRM account as matching reads it. `domain` may be written as a host or web address. */
export type Account = {
  id: string
  domain: string | null
  companyKey: string | null
  country: string | null
  owner: string | null
  tier: string | null
  customer: boolean
}

/** What a CRM is asked for: the accounts that `matchAccount` could take for a lead, and that of a known contact. */
export type AccountKeys = Pick<MatchSubject, 'companyKey' | 'country' | 'emailKey' | 'phoneE164'> & {
  /** Of the company, as registered; none of a provider or a shared host. */
  domains: readonly string[]
}

export function accountKeys(lead: MatchSubject): AccountKeys {
  const { companyKey, country, emailKey, phoneE164 } = lead
  return { domains: businessDomains(lead), companyKey, country, emailKey, phoneE164 }
}

export type AccountMatch<A extends Account = Account> =
  | { kind: 'none' }
  | { kind: 'account'; account: A; reason: 'same-domain' | 'same-company-and-country' }
  /** Several fit and their owners differ: ownership is claimed twice, which a person settles. */
  | { kind: 'disputed'; accounts: A[]; reason: 'same-domain' | 'same-company-and-country' }

/**
 * The account that a lead belongs to: by business domain, else by company key in the same country. A free-mail domain
 * is nobody's. Among several accounts the one in the lead's country counts, then the customer.
 */
export function matchAccount<A extends Account>(lead: MatchSubject, accounts: readonly A[]): AccountMatch<A> {
  const domains = businessDomains(lead)
  const byDomain = accounts.filter(
    ({ domain }) => domain !== null && domains.includes(registrableDomain(domain) ?? domain),
  )
  if (byDomain.length > 0) return oneAccount(lead, byDomain, 'same-domain')
  const { companyKey, country } = lead
  if (companyKey === null || country === null) return { kind: 'none' }
  const byCompany = accounts.filter(
    account => account.companyKey === companyKey && account.country === country,
  )
  return byCompany.length > 0 ? oneAccount(lead, byCompany, 'same-company-and-country') : { kind: 'none' }
}

function oneAccount<A extends Account>(
  lead: MatchSubject,
  fitting: readonly A[],
  reason: 'same-domain' | 'same-company-and-country',
): AccountMatch<A> {
  const atHome = preferring(fitting, ({ country }) => lead.country !== null && country === lead.country)
  const accounts = preferring(atHome, ({ customer }) => customer).toSorted((a, b) => byCode(a.id, b.id))
  const [account] = accounts
  if (!account) return { kind: 'none' }
  const owners = new Set(accounts.map(({ owner }) => owner).filter(owner => owner !== null))
  if (owners.size > 1) return { kind: 'disputed', accounts, reason }
  return { kind: 'account', account: accounts.find(({ owner }) => owner !== null) ?? account, reason }
}

function preferring<A>(all: readonly A[], isPreferred: (one: A) => boolean): readonly A[] {
  const preferred = all.filter(isPreferred)
  return preferred.length > 0 ? preferred : all
}

/** The company domains of a lead: of its address if that is a business's, and of its website. */
function businessDomains(lead: MatchSubject): string[] {
  const ofMail = lead.domainKind === 'business' && lead.domain !== null ? [lead.domain] : []
  const ofWebsite = lead.website === null ? null : websiteDomain(lead.website)
  return ofWebsite === null || ofMail.includes(ofWebsite) ? ofMail : [...ofMail, ofWebsite]
}

/** The exact keys in common, the most telling first; a shared mailbox tells less than an external id. */
function exactKeys(a: MatchSubject, b: MatchSubject): Evidence[] {
  const isSameExternalId = a.externalId !== null && a.externalId === b.externalId && a.source === b.source
  const sharedOrOwn = a.emailKey !== null && isSharedMailbox(a.emailKey) ? sharedMailbox : 'own-mailbox'
  return [
    ...(isSameExternalId ? [evidence('sameExternalId', 'same-source')] : []),
    ...(a.emailKey !== null && a.emailKey === b.emailKey ? [evidence('sameEmail', sharedOrOwn)] : []),
    ...(isSamePhone(a, b) ? [evidence('samePhone', 'e164')] : []),
  ]
}

function isSamePhone(a: MatchSubject, b: MatchSubject): boolean {
  if (a.phoneE164 === null || a.phoneE164 !== b.phoneE164) return false
  // Two extensions are two desks.
  return a.phoneExtension === null || b.phoneExtension === null || a.phoneExtension === b.phoneExtension
}

function furtherKey(key: Evidence): Evidence {
  return evidence('furtherKey', key.name)
}

/** What speaks for or against the strongest exact key. An own mailbox and an external id are beyond doubt. */
function doubts(key: Evidence, likeness: NameLikeness, a: MatchSubject, b: MatchSubject): Evidence[] {
  const agreeing = agreeingName(likeness)
  if (key.name === 'sameEmail' && key.detail === sharedMailbox && likeness === 'different') {
    return [evidence('sharedMailboxOtherPerson', likeness)]
  }
  if (key.name !== 'samePhone') return agreeing
  return [
    ...agreeing,
    ...(likeness === 'different' ? [evidence('sharedPhoneOtherPerson', likeness)] : []),
    ...(hasOtherEmail(a, b) ? [evidence('sharedPhoneOtherEmail', 'both-given')] : []),
  ]
}

/** Without an exact key an agreeing name comes first: company and place alone are those of every colleague. */
function resemblance(likeness: NameLikeness, a: MatchSubject, b: MatchSubject): Evidence[] {
  const agreeing = agreeingName(likeness)
  if (agreeing.length === 0) return []
  return [
    ...agreeing,
    ...companyEvidence(a, b),
    ...placeEvidence(a, b),
    ...(hasOtherEmail(a, b) ? [evidence('otherEmail', 'both-given')] : []),
  ]
}

function agreeingName(likeness: NameLikeness): Evidence[] {
  if (likeness === 'equal') return [evidence('samePerson', likeness)]
  return likeness === 'similar' ? [evidence('nearPerson', likeness)] : []
}

function companyEvidence(a: MatchSubject, b: MatchSubject): Evidence[] {
  const domains = businessDomains(b)
  if (businessDomains(a).some(domain => domains.includes(domain))) return [evidence('sameCompany', 'domain')]
  if (a.companyKey === null || b.companyKey === null || isElsewhere(a, b)) return []
  if (a.companyKey === b.companyKey) return [evidence('sameCompany', 'name')]
  const likeness = jaroWinkler(a.companyKey, b.companyKey)
  return likeness >= nearCompanyLikeness ? [evidence('nearCompany', likeness.toFixed(2))] : []
}

function placeEvidence(a: MatchSubject, b: MatchSubject): Evidence[] {
  if (isElsewhere(a, b)) return []
  if (a.postcodeArea !== null && a.postcodeArea === b.postcodeArea) return [evidence('samePlace', 'postcode')]
  const isSameCity = a.city !== null && b.city !== null && fold(a.city) === fold(b.city)
  return isSameCity ? [evidence('samePlace', 'city')] : []
}

function isElsewhere(a: MatchSubject, b: MatchSubject): boolean {
  return a.country !== null && b.country !== null && a.country !== b.country
}

function hasOtherEmail(a: MatchSubject, b: MatchSubject): boolean {
  return a.emailKey !== null && b.emailKey !== null && a.emailKey !== b.emailKey
}

function evidence(name: EvidenceName, detail: string): Evidence {
  return { name, weight: matchWeights[name], detail }
}

function total(reasons: readonly Evidence[]): number {
  return reasons.reduce((sum, { weight }) => sum + weight, 0)
}

/** By code units, so that every machine sorts alike whatever its locale. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

const sharedMailbox = 'shared-mailbox'
/** From here on two company keys are one with a slip; Deutsche Bank and Deutsche Bahn are above it, hence only 15. */
const nearCompanyLikeness = 0.92
