/** Makes a policy of a document whose form is right: names are resolved, defaults filled in. */
import type { Condition } from '../condition.js'
import { directedRule } from '../decide.js'
import { companyKey } from '../identity/company.js'
import { mailDomainKind, registrableDomain } from '../identity/domainname.js'
import { knownFields, normalisedLead } from '../lead.js'
import { otherwiseRule } from '../matching.js'
import type { Policy, Rule, Source, Target } from '../policy.js'
import { compileCalendars, type HolidayYears } from './calendars.js'
import { compileCampaigns } from './campaigns.js'
import { compileCondition, isCountry, type Stage } from './conditions.js'
import { compileForm } from './forms.js'
import { compileHandoff } from './handoff.js'
import { compilePools, readNeeds, readNobodyAvailable } from './pools.js'
import { type Report, reportRepeats } from './problems.js'
import { readSla, readTarget, type Setting } from './references.js'
import { compileReassign, compileReviews } from './reviews.js'
import type { PolicyShape } from './shape.js'
import { compileSlas } from './slas.js'
import { compilePauses, compileReminders, compileTimeToAssign, compileTouches } from './work.js'
import { compileTerritories } from './territories.js'

type Years = { holidayYears: HolidayYears }

/** In the points of domain/match.ts, where these two are explained. */
const usualDuplicates = { merge: 90, review: 60 }

/** What a source may insist on: what people fill in, and normalising keeps. */
const demandable = knownFields.filter(
  field =>
    Object.hasOwn(normalisedLead.shape, field) && !['source', 'campaign', 'utm', 'fields'].includes(field),
)

/** What a decision's record calls its rule when no rule of the document gave the owner. */
const reservedRules: readonly string[] = [otherwiseRule, directedRule]

/** Of a document with wrong sections, without them: what is wrong with the others is reported all the same. */
export function compilePolicy(
  document: Partial<PolicyShape>,
  setting: Setting,
  { holidayYears }: Years,
): Policy {
  const { references, report } = setting
  const condition = (raw: unknown, path: (string | number)[], stage: Stage) =>
    compileCondition(raw, path, { stage, names: references, report })
  const optional = (raw: unknown, path: string[], stage: Stage) =>
    raw === undefined ? null : condition(raw, path, stage)
  if (document.sla !== undefined && !references.slas.includes(document.sla)) {
    const allowed = references.slas
    report({ path: ['sla'], message: 'unknown service level', value: document.sla, allowed })
  }
  const otherwise = compileOtherwise(document.otherwise, setting)
  return {
    policy: document.policy ?? '',
    zone: document.zone ?? '',
    calendars: compileCalendars(document.calendars ?? {}, { years: holidayYears, report }),
    lists: compileLists(document.lists ?? {}, report),
    companies: compileCompanies(document.companies ?? {}, report),
    sources: compileSources(document.sources ?? {}, setting),
    score: compileScore(document.score ?? [], setting),
    qualify: {
      disqualified: optional(document.qualify?.disqualified, ['qualify', 'disqualified'], 'qualification'),
      qualified: optional(document.qualify?.qualified, ['qualify', 'qualified'], 'qualification'),
    },
    segments: compileSegments(document.segments ?? {}, setting),
    territories: compileTerritories(document.territories ?? {}, setting),
    pools: document.pools === undefined ? {} : compilePools(document.pools, setting),
    rules: compileRules(document.rules ?? [], setting),
    otherwise,
    nobodyAvailable: readNobodyAvailable(document.nobodyAvailable ?? 'next pool'),
    accounts: compileAccounts(document.accounts, setting),
    duplicates: compileDuplicates(document.duplicates, report),
    timeToAssign: compileTimeToAssign(document.timeToAssign, setting),
    reviews: compileReviews(document.reviews, otherwise.assign, setting),
    slas: compileSlas(document.slas ?? {}, setting),
    touches: compileTouches(document.touches, report),
    pauses: compilePauses(document.pauses ?? {}, report),
    reminders: compileReminders(document.reminders, report),
    campaigns: compileCampaigns(document.campaigns ?? {}, document.templates, setting),
    handoff: document.handoff === undefined ? null : compileHandoff(document.handoff, setting),
    reassign: compileReassign(document.reassign, document.reviews, setting),
    leave: document.leave ?? { touched: 'stay' },
    reopen: document.reopen === undefined ? null : { withinMs: document.reopen.within },
    publish: { signOff: document.publish?.signOff ?? [] },
    keep: { leadsMs: document.keep?.leads ?? null, submissionsMs: document.keep?.submissions ?? null },
    giveBack: compileGiveBack(document, report),
  }
}

/** In the keys that matching uses, so that `Globex Corp.` is on a list that says `Globex Inc`. */
function compileLists(lists: NonNullable<PolicyShape['lists']>, report: Report): Policy['lists'] {
  return mapEntries(lists, (entries, list) =>
    entries.flatMap((entry, index) => {
      const path = ['lists', list, index]
      const domain = /^\S+\.\S+$/.test(entry) ? registrableDomain(entry) : null
      if (domain !== null && mailDomainKind(domain) !== 'business') {
        report({ path, message: 'a domain that anybody has an address of is no company', value: entry })
      }
      const key = domain ?? companyKey(entry)
      if (key === null) report({ path, message: 'neither a company nor a domain', value: entry })
      return key === null ? [] : [key]
    }),
  )
}

function compileCompanies(
  companies: NonNullable<PolicyShape['companies']>,
  report: Report,
): Policy['companies'] {
  for (const [domain, { country }] of Object.entries(companies)) {
    const registrable = registrableDomain(domain)
    if (registrable !== domain) {
      const message =
        registrable === null ? 'not a domain' : `expected the company's whole domain, ${registrable}`
      report({ path: ['companies', domain], at: 'key', message, value: domain })
    }
    if (country !== undefined && !isCountry(country)) {
      report({ path: ['companies', domain, 'country'], message: 'unknown country code', value: country })
    }
  }
  return companies
}

function compileSources(
  sources: PolicyShape['sources'],
  { references, report }: Setting,
): Record<string, Source> {
  return mapEntries(
    sources,
    ({ rollout = 'on', campaign, required = [], critical = [], fields = [], form }, id) => {
      const path = ['sources', id]
      if (!references.campaigns.includes(campaign)) {
        const allowed = references.campaigns
        report({ path: [...path, 'campaign'], message: 'unknown campaign', value: campaign, allowed })
      }
      const allowed = [...demandable, ...fields.map(field => `fields.${field}`)]
      for (const [key, names] of Object.entries({ required, critical })) {
        for (const [index, value] of names.entries()) {
          if (allowed.includes(value)) continue
          report({ path: [...path, key, index], message: 'unknown field of a lead', value, allowed })
        }
        reportRepeats(names, index => [...path, key, index], report)
      }
      reportRepeats(fields, index => [...path, 'fields', index], report)
      const publicForm = compileForm(form, fields, [...path, 'form'], report)
      return { rollout, campaign, required, critical, fields, form: publicForm }
    },
  )
}

function compileScore(
  score: NonNullable<PolicyShape['score']>,
  { references, report }: Setting,
): Policy['score'] {
  reportRepeats(
    score.map(({ name }) => name),
    index => ['score', index, 'name'],
    report,
  )
  return score.map(({ name, add, when }, index) => {
    const path = ['score', index, 'when']
    return { name, add, when: compileCondition(when, path, { stage: 'score', names: references, report }) }
  })
}

/** `otherwise: true` is what every lead is in that is in none of the segments before it, so it comes last. */
function compileSegments(
  segments: NonNullable<PolicyShape['segments']>,
  { references, report }: Setting,
): Policy['segments'] {
  const entries = Object.entries(segments)
  return entries.map(([id, raw], index) => {
    const path = ['segments', id]
    if (/^\d+$/.test(id)) {
      report({
        path,
        at: 'key',
        message: 'a segment cannot be called by a number, whose place would be lost',
        value: id,
      })
    }
    if (raw.otherwise !== true) {
      return { id, when: compileCondition(raw, path, { stage: 'segment', names: references, report }) }
    }
    if (Object.keys(raw).length > 1 || index < entries.length - 1) {
      const message = 'otherwise: true stands alone, in the last segment'
      report({ path: [...path, 'otherwise'], at: 'key', message, value: undefined })
    }
    const when: Condition = { kind: 'always' }
    return { id, when }
  })
}

function compileRules(rules: NonNullable<PolicyShape['rules']>, setting: Setting): Rule[] {
  const { references, report } = setting
  reportRepeats(
    rules.map(({ id }) => id),
    index => ['rules', index, 'id'],
    report,
  )
  return rules.map(({ id, exception, when, assign, backup, needs, nobodyAvailable, sla, rank }, index) => {
    const path = ['rules', index]
    if (reservedRules.includes(id)) {
      report({ path: [...path, 'id'], message: 'this name is kept for what no rule decided', value: id })
    }
    return {
      id,
      exception: exception ?? false,
      when: compileCondition(when, [...path, 'when'], { stage: 'rule', names: references, report }),
      assign: readTarget(assign, [...path, 'assign'], setting),
      backup: backup === undefined ? null : readTarget(backup, [...path, 'backup'], setting),
      needs: readNeeds(needs ?? [], [...path, 'needs'], setting),
      nobodyAvailable: nobodyAvailable === undefined ? null : readNobodyAvailable(nobodyAvailable),
      sla: readSla(sla, path, setting),
      rank: rank ?? null,
    }
  })
}

/** A pool, since a single person would be away when it matters. */
function compileOtherwise(
  otherwise: PolicyShape['otherwise'] | undefined,
  setting: Setting,
): Policy['otherwise'] {
  const nowhere: Target = { kind: 'accountOwner' }
  if (otherwise === undefined) return { assign: nowhere, sla: '' }
  const { references, report } = setting
  const { assign, sla } = typeof otherwise === 'string' ? { assign: otherwise, sla: undefined } : otherwise
  const path = typeof otherwise === 'string' ? ['otherwise'] : ['otherwise', 'assign']
  if (references.pools.length > 0 && !references.pools.includes(assign)) {
    report({ path, message: 'expected a pool', value: assign, allowed: references.pools })
  }
  const target = references.pools.includes(assign) ? readTarget(assign, path, setting) : nowhere
  return { assign: target, sla: readSla(sla, ['otherwise'], setting) }
}

function compileAccounts(accounts: PolicyShape['accounts'], setting: Setting): Policy['accounts'] {
  if (accounts === undefined) return null
  return {
    assign: readTarget(accounts.assign, ['accounts', 'assign'], setting),
    backup: readTarget(accounts.backup, ['accounts', 'backup'], setting),
    sla: readSla(accounts.sla, ['accounts'], setting),
  }
}

function compileDuplicates(duplicates: PolicyShape['duplicates'], report: Report): Policy['duplicates'] {
  if (duplicates === undefined) return usualDuplicates
  if (duplicates.review >= duplicates.merge) {
    const message = `must be less than merge, ${duplicates.merge}`
    report({ path: ['duplicates', 'review'], message, value: duplicates.review })
  }
  return duplicates
}

/** Of the reasons for a disqualification there is no list: a person says one in closing the lead. */
function compileGiveBack(
  { qualify, reassign }: Pick<Partial<PolicyShape>, 'qualify' | 'reassign'>,
  report: Report,
): Policy['giveBack'] {
  const disqualified = qualify?.giveBack ?? []
  const reassigned = reassign?.giveBack ?? []
  const allowed = Object.keys(reassign?.reasons ?? {})
  for (const [index, value] of reassigned.entries()) {
    if (allowed.includes(value)) continue
    report({ path: ['reassign', 'giveBack', index], message: 'unknown reason', value, allowed })
  }
  reportRepeats(disqualified, index => ['qualify', 'giveBack', index], report)
  reportRepeats(reassigned, index => ['reassign', 'giveBack', index], report)
  return { disqualified, reassigned }
}

function mapEntries<From, To>(
  record: Record<string, From>,
  make: (from: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, from]) => [key, make(from, key)]))
}
