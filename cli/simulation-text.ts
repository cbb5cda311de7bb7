/** A simulation's report for a sales manager: what happens to how many leads, to whom they go, and what changes. */
import { type Report } from '../domain/simulation/report.js'
import type { Count, PersonSum, Sums } from '../domain/simulation/tally.js'
import { sayInstant } from './policy-trial.js'
import { textTable } from './table.js'

/** More rows than this are for `--json`. */
const rowsShown = 15

export function sayReport(report: Report, zone: string): string {
  const { policy, result, against, fromMs, toMs, assumptions } = report
  const span =
    fromMs === null || toMs === null ? '' : `, ${sayInstant(zone, fromMs)} to ${sayInstant(zone, toMs)}`
  return [
    `${policy}: ${counted(result.leads, 'lead')}${span}\n`,
    `${sayOutcomes(result).join('\n')}\n`,
    ...(against === null ? [] : sayChanges(report)),
    peopleTable(report),
    shortTable('rule', result.rules, result.leads),
    `Taken for granted\n${assumptions.map(line => `- ${line}`).join('\n')}\n`,
  ].join('\n')
}

function sayOutcomes({
  leads,
  outcomes,
  reviews,
  fallback,
  passedOn,
  waited,
  breaches,
  lapses,
}: Sums): string[] {
  const others: [number, string][] = [
    [outcomes.disqualified, 'disqualified'],
    [outcomes.shadowed, 'in shadow'],
    [outcomes.stored, 'only stored'],
    [outcomes.held, 'still held'],
    [outcomes.queued, 'still in a queue'],
  ]
  const rest = others.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`)
  const asked = reviews.map(({ name, leads: count }) => `${name} ${number(count)}`).join(', ')
  return [
    `${number(outcomes.assigned)} (${part(outcomes.assigned, leads)}) get an owner; ${number(outcomes.review)} end with a person who must decide${rest.length === 0 ? '' : `; ${rest.join(', ')}`}.`,
    ...(asked === '' ? [] : [`Reviews, those beside an owner among them: ${asked}.`]),
    `${number(fallback)} (${part(fallback, leads)}) match no rule and go to the fallback; of ${number(passedOn)} nobody of the first choice could take it.`,
    ...(waited.held + waited.queued === 0
      ? []
      : [
          `${number(waited.held)} wait for somebody to be there, ${number(waited.queued)} for somebody to accept, before they have an owner.`,
        ]),
    `Expected: ${number(breaches.firstTouch)} first touches late, ${number(breaches.acknowledge)} acknowledgements late, ${number(lapses)} leads moved on from an owner.`,
  ]
}

function sayChanges({ against, result }: Report): string[] {
  if (against === null) return []
  const { name, moved, same, reasons, examples, result: before } = against
  const all = moved + same
  const kinds: [string, number, number][] = [
    ['leads with an owner', before.outcomes.assigned, result.outcomes.assigned],
    ['leads that end with a person who must decide', before.outcomes.review, result.outcomes.review],
    ['leads that match no rule', before.fallback, result.fallback],
    ['first touches late', before.breaches.firstTouch, result.breaches.firstTouch],
    ['acknowledgements late', before.breaches.acknowledge, result.breaches.acknowledge],
    ['leads moved on from an owner', before.lapses, result.lapses],
  ]
  return [
    `Against ${name}: ${number(moved)} of ${number(all)} leads (${part(moved, all)}) change their owner.\n`,
    textTable(
      ['', 'before', 'after', 'change'],
      kinds.map(([what, was, is]) => [what, number(was), number(is), signed(is - was)]),
    ),
    ...(reasons.length === 0 ? [] : [shortTable('why', reasons, all)]),
    ...(examples.length === 0
      ? []
      : [
          textTable(
            ['for example', 'before', 'after', 'why'],
            examples.map(each => [each.lead, each.before, each.after, each.why]),
          ),
        ]),
  ]
}

/** What somebody gets beside what their turns are due, and beside what they had. */
function peopleTable({ result, against }: Report): string {
  const before = new Map(against?.people.map(({ rep, before: was }) => [rep, was]))
  const header = [
    'person',
    'leads',
    ...(against === null ? [] : ['before', 'change']),
    'share',
    'turns',
    'turns due',
    'score',
    'score due',
    'late',
  ]
  const cells = ({ rep, leads, turns, turnsDue, turnsScore, turnsScoreDue, breaches }: PersonSum) => [
    rep,
    number(leads),
    ...(against === null ? [] : [number(before.get(rep) ?? 0), signed(leads - (before.get(rep) ?? 0))]),
    part(leads, result.outcomes.assigned),
    number(turns),
    turnsDue.toFixed(1),
    number(turnsScore),
    turnsScoreDue.toFixed(0),
    number(breaches.firstTouch),
  ]
  const gone = [...before].filter(
    ([rep, was]) => was > 0 && !result.people.some(person => person.rep === rep),
  )
  return textTable(header, [
    ...result.people
      .toSorted((one, other) => other.leads - one.leads || (one.rep < other.rep ? -1 : 1))
      .map(cells),
    ...gone.map(([rep, was]) => [rep, '0', number(was), signed(-was), part(0, 1)]),
  ])
}

function shortTable(title: string, counts: readonly Count[], all: number): string {
  const shown = counts.slice(0, rowsShown).map(({ name, leads }) => [name, number(leads), part(leads, all)])
  const rest = counts.slice(rowsShown).reduce((sum, { leads }) => sum + leads, 0)
  const others = counts.length - rowsShown
  return textTable(
    [title, 'leads', ''],
    others <= 0 ? shown : [...shown, [`${others} others`, number(rest), part(rest, all)]],
  )
}

function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `12,345`, on every machine alike. */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

function part(count: number, all: number): string {
  return all === 0 ? '-' : `${((100 * count) / all).toFixed(1)} %`
}

function signed(change: number): string {
  return change === 0 ? '±0' : `${change > 0 ? '+' : '−'}${number(Math.abs(change))}`
}
