/** Where leads come from, what they are worth and where they are. */
import type { Condition } from '../condition.js'
import type { FormField, Policy, Source, Territory } from '../policy.js'
import { countryName } from '../identity/country.js'
import { type Cast } from './cast.js'
import { leadsOf, phraseOf } from './lead-phrase.js'
import { item, type Paragraph, type Section, said } from './section.js'
import { capital, count, figure, list, named, placeName } from './words.js'

export function entrySection(policy: Policy): Section {
  const sources = Object.entries(policy.sources)
  return {
    id: 'entry',
    title: 'Where leads come from',
    paragraphs: [
      said(
        `Leads come from ${count(sources.length, 'source')}. A lead from anywhere else is not lost: a person looks at it.`,
      ),
      ...sources.map(([id, source]) => item(sourceText(id, source), `sources/${id}`)),
      said(
        `Two leads are one when the evidence that they are of the same person reaches ${policy.duplicates.merge} of 100 points; from ${policy.duplicates.review} points on a person looks.`,
        'duplicates',
      ),
    ],
  }
}

function sourceText(id: string, { campaign, rollout, required, critical, fields, form }: Source): string {
  const extra = `It also tells us ${list(fields.map(named))}.`
  return [
    `${capital(named(id))}: these leads belong to the campaign ${named(campaign)}.`,
    ...(rollout === 'off' ? ['They are only stored for now; nobody gets them.'] : []),
    ...(rollout === 'shadow'
      ? ['They are on trial: who would get them is recorded, and nobody gets them.']
      : []),
    ...(fields.length === 0 ? [] : [extra]),
    ...(required.length === 0
      ? []
      : [`${capital(list(required.map(named)))} should be there; what is missing is noted.`]),
    ...(critical.length === 0
      ? []
      : [`Without ${list(critical.map(named), 'or')} a person looks before anybody gets the lead.`]),
    ...(form === null ? [] : [formText(form.title, form.fields)]),
  ].join(' ')
}

function formText(title: string | null, fields: readonly FormField[]): string {
  const called = title === null ? 'It has a public page' : `It has a public page called “${title}”`
  return fields.length === 0 ? `${called}.` : `${called}, which also asks for ${list(fields.map(fieldText))}.`
}

function fieldText({ name, label, type }: FormField): string {
  const about = [...(label === null ? [] : [`“${label}”`]), ...(type === 'text' ? [] : [typeWords[type]])]
  return about.length === 0 ? named(name) : `${named(name)} (${about.join(', ')})`
}

const typeWords = {
  number: 'a number',
  date: 'a date',
  email: 'an email address',
  tel: 'a telephone number',
  url: 'a web address',
} as const

export function worthSection({ score, qualify, segments, giveBack }: Policy): Section {
  return {
    id: 'worth',
    title: 'How good a lead is',
    paragraphs: [
      ...(score.length === 0 ? [] : [said('A lead has points for each of these that is true of it:')]),
      ...score.map(({ name, add, when }) =>
        item(`${capital(name)}: ${points(add)} for ${leadsOf(when)}.`, `score/${name}`),
      ),
      ...(qualify.disqualified === null
        ? []
        : [
            said(
              `${capital(leadsOf(qualify.disqualified))} are disqualified: they get no owner and no answer.`,
            ),
          ]),
      ...(qualify.qualified === null
        ? []
        : [said(`${capital(leadsOf(qualify.qualified))} are qualified; of the others we do not know yet.`)]),
      ...(giveBack.disqualified.length === 0 ? [] : [said(giveBackText(giveBack.disqualified))]),
      ...(segments.length === 0 ? [] : [said('Each lead is in one segment, the first of these that fits:')]),
      ...segments.map(({ id, when }) =>
        item(
          `${capital(named(id))}: ${when.kind === 'always' ? 'all other leads' : leadsOf(when)}.`,
          `segments/${id}`,
        ),
      ),
    ],
  }
}

function points(add: number): string {
  return `${add < 0 ? 'minus ' : ''}${figure(Math.abs(add))} point${Math.abs(add) === 1 ? '' : 's'}`
}

function giveBackText(reasons: readonly string[]): string {
  const said = reasons.filter(reason => reason !== 'review').map(named)
  const ways = [
    ...(said.length === 0 ? [] : [`is ended as ${list(said, 'or')}`]),
    ...(reasons.includes('review') ? ['is rejected in a review'] : []),
  ]
  return `An owner whose lead ${list(ways, 'or')} has the turn back.`
}

export function placesSection({ territories, lists, companies }: Policy, cast: Cast): Section | null {
  const paragraphs: Paragraph[] = [
    ...Object.entries(territories).map(([id, territory]) =>
      item(territoryText(id, territory, territories, cast), `territories/${id}`),
    ),
    ...Object.entries(lists).map(([id, entries]) =>
      item(`The list “${named(id)}”: ${listText(entries)}.`, `lists/${id}`),
    ),
    ...Object.entries(companies).map(([domain, known]) =>
      item(`We know of ${domain}: ${companyText(known)}.`, `companies/${domain}`),
    ),
  ]
  return paragraphs.length === 0 ? null : { id: 'places', title: 'Places and companies', paragraphs }
}

function territoryText(
  id: string,
  territory: Territory,
  territories: Policy['territories'],
  cast: Cast,
): string {
  const { when, within, manager } = territory
  const around = within === null ? undefined : territories[within]
  const own = around === undefined ? null : askedBeyond(when, around.when)
  const managed = manager === null ? '' : ` ${cast.nameOf(manager)} manages it.`
  return `The territory ${placeName(id)}: ${within === null || own === null ? leadsOf(when) : partOf(within, own)}.${managed}`
}

function partOf(within: string, own: Condition): string {
  const phrase = phraseOf(own)
  return phrase === '' ? `all of ${placeName(within)}` : `the part of ${placeName(within)} ${phrase}`
}

/**
 * A territory carries what those around it ask first; without that it reads as a person wrote it. Null where it does
 * not, as nothing that was read from a document.
 */
function askedBeyond(when: Condition, around: Condition): Condition | null {
  if (isSameCondition(when, around)) return { kind: 'always' }
  if (when.kind !== 'all') return null
  const [first, ...others] = when.of
  if (first !== undefined && isSameCondition(first, around)) return allOf(others)
  const outer = around.kind === 'all' ? around.of : []
  const isCarried = outer.every((part, at) => {
    const same = when.of[at]
    return same !== undefined && isSameCondition(same, part)
  })
  return outer.length > 0 && isCarried ? allOf(when.of.slice(outer.length)) : null
}

function allOf(parts: readonly Condition[]): Condition {
  const [only, ...others] = parts
  return only !== undefined && others.length === 0 ? only : { kind: 'all', of: parts }
}

function isSameCondition(one: Condition, other: Condition): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** As many as anybody reads; the rest is counted. */
const mostNamed = 40

function listText(entries: readonly string[]): string {
  if (entries.length === 0) return 'nobody yet'
  const shown = entries.slice(0, mostNamed)
  return entries.length === shown.length
    ? list(shown)
    : `${shown.join(', ')} and ${figure(entries.length - shown.length)} more`
}

function companyText({ company, industry, employees, country }: Policy['companies'][string]): string {
  const facts = [
    ...(company === undefined ? [] : [company]),
    ...(industry === undefined ? [] : [`industry ${industry}`]),
    ...(employees === undefined ? [] : [`${figure(employees)} employees`]),
    ...(country === undefined ? [] : [`in ${countryName(country)}`]),
  ]
  return facts.join(', ') || 'that it is a company'
}
