/** Who gets which lead, in the order in which the engine looks. */
import type { Condition } from '../condition.js'
import { assertNever } from '../ids.js'
import type { Need, Policy, Rule } from '../policy.js'
import { compareSpecificity, specificityOf } from '../specificity.js'
import { type Cast, insteadOf, whoIs, whoIsAndHow } from './cast.js'
import { leadsOf, splitByPlace } from './lead-phrase.js'
import { item, type Paragraph, type Section, said } from './section.js'
import { capital, list, named } from './words.js'

/** Rules that are said in one sentence, with what one rule would have to ask to be all of them. */
export type RuleGroup = { rules: readonly Rule[]; when: Condition }

export function exceptionsSection(policy: Policy, cast: Cast): Section | null {
  const exceptions = policy.rules.filter(({ exception }) => exception)
  if (exceptions.length === 0) return null
  return {
    id: 'exceptions',
    title: 'Exceptions',
    paragraphs: [
      said(
        exceptions.length === 1
          ? 'This is looked at before everything else:'
          : 'These are looked at before everything else; the first that fits decides:',
      ),
      ...exceptions.map(rule => ruleText({ rules: [rule], when: rule.when }, policy, cast)),
    ],
  }
}

export function accountsSection(policy: Policy, cast: Cast): Section | null {
  if (policy.accounts === null) return null
  const { assign, backup, sla } = policy.accounts
  return {
    id: 'known-accounts',
    title: 'Customers and named accounts',
    paragraphs: [
      said(
        `Then, a lead of a customer or a named account goes to ${whoIsAndHow(assign, policy, cast)}; if that is not possible, to ${whoIsAndHow(backup, policy, cast)}. The service level is “${named(sla)}”.`,
        'accounts',
      ),
    ],
  }
}

export function rulesSection(policy: Policy, cast: Cast): Section {
  const groups = ruleGroups(policy)
  return {
    id: 'rules',
    title: 'All other leads',
    paragraphs: [
      ...(groups.length === 0
        ? []
        : [
            said(
              `Then the rule decides that says most about the lead${isNested(policy) ? ', and of a territory and a part of it the one for the part' : ''}. They stand here in that order, so the first that fits decides; where two that are not ranked fit equally well, a person chooses.`,
            ),
          ]),
      ...groups.map(group => ruleText(group, policy, cast)),
      said(
        `${groups.length === 0 ? 'Every' : 'Every other'} lead goes to ${whoIsAndHow(policy.otherwise.assign, policy, cast)}. The service level is “${named(policy.otherwise.sla)}”.`,
        'otherwise',
      ),
      said(
        `When nobody can take a lead where a rule sends it, ${insteadOf(policy.nobodyAvailable)}${policy.rules.some(rule => rule.nobodyAvailable !== null) ? ', unless the rule says otherwise' : ''}. Nobody gets a lead who is on leave, has left, or had this very lead and let it go.`,
        'nobodyAvailable',
      ),
    ],
  }
}

function isNested({ territories }: Policy): boolean {
  return Object.values(territories).some(({ within }) => within !== null)
}

/**
 * The standard rules, the most specific first, which is the order in which they decide. Those that are equally specific
 * and differ only in the place that they ask for are one group.
 */
export function ruleGroups(policy: Policy): readonly RuleGroup[] {
  const specific = (rule: Rule) => specificityOf(rule.when, policy.territories)
  const sorted = policy.rules
    .filter(({ exception }) => !exception)
    .map(rule => ({ rule, specificity: specific(rule) }))
    .sort((a, b) => compareSpecificity(b.specificity, a.specificity) || rankOf(a.rule) - rankOf(b.rule))
  const groups = new Map<string, Rule[]>()
  for (const { rule, specificity } of sorted) {
    const { places, others } = splitByPlace(rule.when)
    const { id, when: _when, ...terms } = rule
    const alone = places.length === 0 || rule.rank !== null ? id : null
    const dimensions = [...specificity.dimensions].sort()
    const key = JSON.stringify([terms, others, alone, dimensions, specificity.place, specificity.nesting])
    groups.set(key, [...(groups.get(key) ?? []), rule])
  }
  return [...groups.values()].map(rules => ({ rules, when: whenOf(rules) }))
}

function rankOf({ rank }: Rule): number {
  return rank ?? Number.POSITIVE_INFINITY
}

/** What all the places ask is said once: in the United Kingdom in postcode areas BN and RH. */
function whenOf(rules: readonly Rule[]): Condition {
  const [first, ...rest] = rules
  if (first === undefined) return { kind: 'always' }
  if (rest.length === 0) return first.when
  const places = rules.map(({ when }) => splitByPlace(when).places)
  const isShared = (part: Condition) =>
    places.every(parts => parts.some(other => JSON.stringify(other) === JSON.stringify(part)))
  const shared = places[0]?.filter(isShared) ?? []
  const own = places.map((parts): Condition => {
    const [only, ...more] = parts.filter(part => !isShared(part))
    if (only === undefined) return { kind: 'always' }
    return more.length === 0 ? only : { kind: 'all', of: [only, ...more] }
  })
  const isWhole = own.some(({ kind }) => kind === 'always')
  return {
    kind: 'all',
    of: [...splitByPlace(first.when).others, ...shared, ...(isWhole ? [] : [anyPlace(own)])],
  }
}

/** Of one field, the values together: in the territories UK or DACH. */
function anyPlace(places: readonly Condition[]): Condition {
  const values = places.filter(place => place.kind === 'oneOf')
  const [first] = values
  const same =
    first !== undefined &&
    values.length === places.length &&
    values.every(({ field }) => field === first.field)
  if (same) return { ...first, values: values.flatMap(({ values }) => values) }
  return { kind: 'any', of: places.flatMap(place => (place.kind === 'any' ? place.of : [place])) }
}

function ruleText({ rules, when }: RuleGroup, policy: Policy, cast: Cast): Paragraph {
  const [rule] = rules
  if (rule === undefined) return item('')
  const { assign, backup, needs, nobodyAvailable, sla, rank } = rule
  const cannot = assign.kind === 'pool' ? 'nobody there can take one' : `${whoIs(assign, cast)} cannot`
  const backups = backup === null ? '' : `; when ${cannot}, to ${whoIs(backup, cast)}`
  const text = [
    `${capital(leadsOf(when))} go to ${whoIsAndHow(assign, policy, cast)}${backups}.`,
    ...(needs.length === 0 ? [] : [`Whoever takes one must ${list(needs.map(needText))}.`]),
    ...(nobodyAvailable === null ? [] : [`When nobody is available, ${insteadOf(nobodyAvailable)}.`]),
    ...(rank === null ? [] : [`Of rules that fit equally well this is number ${rank}.`]),
    `The service level is “${named(sla)}”.`,
  ].join(' ')
  return item(text, ...rules.map(({ id }) => `rules/${id}`))
}

function needText(need: Need): string {
  switch (need.kind) {
    case 'language':
      return 'speak the language of the lead'
    case 'field':
      return `know the ${need.field} that the lead is about`
    case 'skill':
      return `have the skill ${named(need.skill)}`
    default:
      return assertNever(need)
  }
}
