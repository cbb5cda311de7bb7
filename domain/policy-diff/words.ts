/** How the parts of a policy are called in the sentences of a comparison. */
import { sentenceOf } from '../condition.js'
import { assertNever, type RepId, repId } from '../ids.js'
import type { StepAt } from '../ladder.js'
import { isByRole } from '../matching.js'
import type {
  ClockTerms,
  Decider,
  FormField,
  LadderStep,
  Need,
  NobodyAvailable,
  Pool,
  PoolChoice,
  ReviewTimeout,
  Rule,
  Sla,
  SourceForm,
  Target,
} from '../policy.js'
import { series } from './compare.js'

/** Says people by the names that `nameOf` gives them. */
export type Words = ReturnType<typeof createWords>

export function createWords(nameOf: (rep: RepId) => string) {
  return { target, targetOrNone, decider, pool, members, timeout, rule, choice, person }

  function person(rep: string): string {
    const known = repId.safeParse(rep)
    return known.success ? nameOf(known.data) : rep
  }

  function target(to: Target): string {
    switch (to.kind) {
      case 'pool':
        return `pool ${to.pool}`
      case 'rep':
        return nameOf(to.rep)
      case 'accountOwner':
        return 'the account owner'
      case 'managerOfOwner':
        return 'the manager of the owner'
      default:
        return assertNever(to)
    }
  }

  function targetOrNone(to: Target | null): string {
    return to === null ? 'nobody' : target(to)
  }

  function decider(who: Decider): string {
    switch (who.kind) {
      case 'rep':
        return nameOf(who.rep)
      case 'role':
        return `somebody with role ${who.role}`
      case 'managerOfOwner':
        return 'the manager of the owner'
      case 'managerOfTerritory':
        return 'the manager of the territory'
      default:
        return assertNever(who)
    }
  }

  function members(of: Pool['members']): string {
    if (isByRole(of)) return `everyone with role ${of.role}`
    return series(Object.entries(of).map(([rep, weight]) => `${person(rep)} (${weight})`))
  }

  function choice(how: PoolChoice): string {
    switch (how.by) {
      case 'turns':
        return 'fair turns'
      case 'leastLoaded':
        return 'the fewest open leads'
      case 'capacity':
        return 'the largest free capacity'
      case 'queue':
        return `who accepts first within ${length(how.acceptWithinMs)}, then ${target(how.then)}`
      default:
        return assertNever(how)
    }
  }

  function pool({ members: of, choice: how, caps, inHoursOnly, afterLeave: back }: Pool): string {
    const limits = [
      caps.open === null ? null : `${caps.open} open leads`,
      caps.perDay === null ? null : `${caps.perDay} a day`,
      caps.perWeek === null ? null : `${caps.perWeek} a week`,
    ].filter(said => said !== null)
    const most = limits.length === 0 ? '' : `, at most ${series(limits)}`
    const returning = back.kind === 'hold' ? '' : `, after leave ${afterLeave(back)}`
    return `${members(of)}, by ${choice(how)}${most}${inHoursOnly ? ', within their hours only' : ''}${returning}`
  }

  function timeout(end: ReviewTimeout): string {
    switch (end.kind) {
      case 'assign':
        return `assigned to ${target(end.target)}`
      case 'keepSeparate':
        return 'kept separate'
      case 'keepOwner':
        return 'kept by the owner'
      case 'reject':
        return 'rejected'
      default:
        return assertNever(end)
    }
  }

  function rule({
    exception,
    when,
    assign,
    backup,
    sla,
    needs,
    nobodyAvailable: nobody,
    rank,
  }: Rule): string {
    return [
      ...(exception ? ['exception'] : []),
      sentenceOf(when),
      `to ${target(assign)}`,
      ...(backup === null ? [] : [`else ${target(backup)}`]),
      `SLA ${sla}`,
      ...(needs.length === 0 ? [] : [`needs ${series(needs.map(need))}`]),
      ...(nobody === null ? [] : [`when nobody is available ${nobodyAvailable(nobody)}`]),
      ...(rank === null ? [] : [`rank ${rank}`]),
    ].join(', ')
  }
}

/** `1 d 2 h 30 min`, exact to the millisecond. */
export function length(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const
  let rest = ms
  const parts = units.flatMap(([unit, unitMs]) => {
    const count = Math.floor(rest / unitMs)
    rest -= count * unitMs
    return count === 0 ? [] : [`${count} ${unit}`]
  })
  return parts.join(' ') || '0 min'
}

export function lengthOrForEver(ms: number | null): string {
  return ms === null ? 'for ever' : length(ms)
}

export function limit(most: number | null): string {
  return most === null ? 'no limit' : String(most)
}

export function textOrNone(text: string | null | undefined): string {
  return text === null || text === undefined ? 'nothing' : `"${text}"`
}

export function points(add: number): string {
  return add < 0 ? String(add) : `+${add}`
}

export function need(what: Need): string {
  switch (what.kind) {
    case 'language':
      return "the lead's language"
    case 'field':
      return `the skill for the lead's ${what.field}`
    case 'skill':
      return `the skill ${what.skill}`
    default:
      return assertNever(what)
  }
}

export function nobodyAvailable(how: NobodyAvailable): string {
  switch (how.kind) {
    case 'nextPool':
      return 'the next pool'
    case 'nextRule':
      return 'the next rule'
    case 'assignNow':
      return 'assigned all the same'
    case 'review':
      return 'a review'
    case 'hold':
      return `held for ${length(how.mostMs)} at most`
    default:
      return assertNever(how)
  }
}

export function afterLeave(how: Pool['afterLeave']): string {
  return how.kind === 'hold' ? 'nothing accrues' : `catches up to ${how.turnsMost} turns`
}

export function clock(of: Sla['clock']): string {
  switch (of.kind) {
    case 'owner':
      return 'business hours of the owner'
    case 'calendar':
      return `calendar ${of.calendar}`
    case 'always':
      return 'always'
    default:
      return assertNever(of)
  }
}

export function step({ at, do: actions }: LadderStep): string {
  const names = { remindOwner: 'remind owner', tellManager: 'tell manager', reRoute: 're-route' } as const
  return `${stepAt(at)} ${actions.map(action => names[action]).join(' and ')}`
}

export function terms(of: ClockTerms | null): string {
  if (of === null) return 'none'
  return of.steps.length === 0
    ? length(of.withinMs)
    : `${length(of.withinMs)} (${of.steps.map(step).join(', ')})`
}

export function form(of: SourceForm): string {
  return of.fields.length === 0 ? 'the usual questions' : `asks also ${series(of.fields.map(formField))}`
}

export function formField({ name, label, type }: FormField): string {
  const called = label === null ? name : `${name} "${label}"`
  return type === 'text' ? called : `${called} (${type})`
}

function stepAt({ fraction, offsetMs }: StepAt): string {
  if (fraction === null) return `after ${length(offsetMs)}`
  const share = `at ${Number((fraction * 100).toFixed(3))}%`
  if (offsetMs === 0) return share
  return `${share} ${offsetMs < 0 ? '-' : '+'} ${length(Math.abs(offsetMs))}`
}
