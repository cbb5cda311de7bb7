/** What each part of a policy says of itself, and how it differs from another of its kind. */
import { weekdays, type WorkCalendar } from '../calendar.js'
import { sentenceOf } from '../condition.js'
import { isByRole } from '../matching.js'
import type {
  Campaign,
  ClockTerms,
  FormField,
  Policy,
  Pool,
  PoolChoice,
  ProspectLetter,
  ReviewTerms,
  Rule,
  Sla,
  Source,
  SourceForm,
  Territory,
} from '../policy.js'
import { type Change, type Compare, changed, fields, isSame, listed, optional, said } from './compare.js'
import { condition, conditionOrNone } from './conditions.js'
import {
  afterLeave,
  clock,
  form,
  formField,
  length,
  limit,
  need,
  nobodyAvailable,
  points,
  step,
  terms,
  textOrNone,
  type Words,
} from './words.js'

export const calendar: Compare<WorkCalendar> = fields<WorkCalendar>({
  zone: said(['zone'], 'time zone', String),
  hours: (before, after, place) =>
    weekdays.flatMap(day => said(['hours', day], day, sayHours)(before[day], after[day], place)),
  holidays: listed(['holidays'], 'is closed on', String),
})

export const company: Compare<Policy['companies'][string]> = fields<Policy['companies'][string]>({
  company: said(['company'], 'company', textOrNone),
  industry: said(['industry'], 'industry', textOrNone),
  employees: said(['employees'], 'employees', sayUnlessNone),
  country: said(['country'], 'country', sayUnlessNone),
})

export function sayCompany({ company, industry, employees, country }: Policy['companies'][string]): string {
  const known = [company, industry, employees, country].filter(fact => fact !== undefined)
  return known.length === 0 ? 'nothing is known of it' : known.join(', ')
}

export const source: Compare<Source> = fields<Source>({
  campaign: said(['campaign'], 'campaign', String),
  rollout: said(['rollout'], 'rollout', String),
  required: listed(['required'], 'requires', String),
  critical: listed(['critical'], 'has a review without', String),
  fields: listed(['fields'], 'declares', String),
  form: optional<SourceForm>(
    ['form'],
    'the public form',
    form,
    fields<SourceForm>({
      title: said(['title'], 'title', textOrNone),
      fields: said(['fields'], 'asks', sayFormFields),
    }),
  ),
})

export const criterion: Compare<Policy['score'][number]> = fields<Policy['score'][number]>({
  name: nothing,
  add: said(['add'], 'adds', points),
  when: condition(['when']),
})

export const segment: Compare<Policy['segments'][number]> = fields<Policy['segments'][number]>({
  id: nothing,
  when: condition(['when']),
})

export function sayCriterion({ add, when }: Policy['score'][number]): string {
  return `${points(add)} when ${sentenceOf(when)}`
}

export function territory(words: Words): Compare<Territory> {
  return fields<Territory>({
    when: condition(['when']),
    within: said(['within'], 'lies within', sayUnlessNone),
    manager: said(['manager'], 'managed by', manager =>
      manager === null ? 'nobody' : words.person(manager),
    ),
  })
}

export function pool(words: Words): Compare<Pool> {
  return (before, after, place) =>
    fields<Pool>({
      members: members(words, after.choice),
      choice: choice(words),
      afterLeave: said(['afterLeave'], 'after leave', afterLeave),
      caps: fields<Pool['caps']>({
        open: said(['caps', 'open'], 'open leads at most', limit),
        perDay: said(['caps', 'perDay'], 'leads a day at most', limit),
        perWeek: said(['caps', 'perWeek'], 'leads a week at most', limit),
      }),
      inHoursOnly: said(['hours'], 'takes', inHours =>
        inHours ? 'only who is within their hours' : 'members at any hour',
      ),
    })(before, after, place)
}

export function rule(words: Words): Compare<Rule> {
  return fields<Rule>({
    id: nothing,
    exception: said(['exception'], '', isException => (isException ? 'an exception' : 'no exception')),
    when: condition(['when']),
    assign: said(['assign'], 'assigns to', words.target),
    backup: said(['backup'], 'else to', words.targetOrNone),
    needs: listed(['needs'], 'needs', need),
    nobodyAvailable: said(['nobodyAvailable'], 'when nobody is available', how =>
      how === null ? 'as the policy says' : nobodyAvailable(how),
    ),
    sla: said(['sla'], 'SLA', String),
    rank: said(['rank'], 'rank', rank => (rank === null ? 'none' : String(rank))),
  })
}

export function review(words: Words): Compare<ReviewTerms> {
  return fields<ReviewTerms>({
    when: conditionOrNone(['when']),
    hold: said(['mode'], 'while it is open', hold =>
      hold === true ? 'nobody owns the lead' : 'the owner works on it',
    ),
    decides: said(['decides'], 'decided by', words.decider),
    backup: said(['backup'], 'then by', words.decider),
    withinMs: said(['within'], 'within', length),
    onTimeout: said(['onTimeout'], 'when nobody decides', words.timeout),
  })
}

export function sla(words: Words): Compare<Sla> {
  return fields<Sla>({
    clock: said(['clock'], 'clock', clock),
    acknowledge: (before, after, place) =>
      before === null || after === null
        ? said(['acknowledge'], 'acknowledgement', terms)(before, after, place)
        : ladder('acknowledge', 'acknowledgement')(before, after, place),
    firstTouch: ladder('firstTouch', 'first touch'),
    stale: (before, after, place) =>
      before === null || after === null
        ? said(['stale'], 'staleness', terms)(before, after, place)
        : ladder('stale', 'staleness')(before, after, place),
    reRoutes: fields<Sla['reRoutes']>({
      most: said(['reRoutes', 'most'], 're-routes at most', String),
      then: said(['reRoutes', 'then'], 'after the last re-route', words.target),
    }),
  })
}

export const campaign: Compare<Campaign> = fields<Campaign>({
  intent: said(['intent'], 'intent', String),
  notify: said(['notify'], "the owner's message", String),
  team: said(['team'], "the team's message", String),
  acknowledge: letter('acknowledge', 'the letter to the prospect'),
  meetingLink: letter('meetingLink', 'the letter with a way to book time'),
})

function letter(key: 'acknowledge' | 'meetingLink', label: string): Compare<ProspectLetter | null> {
  return optional<ProspectLetter>(
    [key],
    label,
    ({ template }) => textOrNone(template.subject),
    fields<ProspectLetter>({
      by: said(['by'], 'sent by', String),
      when: conditionOrNone(['when'], 'every lead'),
      template: fields<ProspectLetter['template']>({
        subject: said(['subject'], 'subject', textOrNone),
        text: letterText,
      }),
    }),
  )
}

export function sayCampaign({ notify, acknowledge }: Campaign): string {
  const letter = acknowledge === null ? 'no letter to the prospect' : 'the prospect gets a letter'
  return `${notify} messages to the owner, ${letter}`
}

/** Longer pieces of a letter would bury the sentence. */
const mostQuoted = 160

/** What things are called by is compared before what they are. */
function nothing(): readonly Change[] {
  return []
}

function members(words: Words, { by }: PoolChoice): Compare<Pool['members']> {
  const share = by === 'capacity' ? 'capacity' : 'weight'
  return (before, after, place) => {
    if (isByRole(before) || isByRole(after)) return said([by], 'members', words.members)(before, after, place)
    const changes: Change[] = []
    for (const [rep, weight] of Object.entries(before)) {
      const now = Object.entries(after).find(([id]) => id === rep)?.[1]
      const who = words.person(rep)
      if (now === undefined) {
        const sentence = `${place.subject}: ${who} leaves`
        changes.push({ kind: 'removed', path: [...place.path, by, rep], sentence })
      } else if (now !== weight) {
        changes.push(changed(place, [by, rep], `${who}'s ${share} ${weight} → ${now}`))
      }
    }
    for (const [rep, weight] of Object.entries(after)) {
      if (Object.hasOwn(before, rep)) continue
      const sentence = `${place.subject}: ${words.person(rep)} joins with ${share} ${weight}`
      changes.push({ kind: 'added', path: [...place.path, by, rep], sentence })
    }
    return changes
  }
}

function choice(words: Words): Compare<PoolChoice> {
  return (before, after, place) => {
    if (before.by !== 'queue' || after.by !== 'queue')
      return said([after.by], 'chooses by', words.choice)(before, after, place)
    return [
      ...said(['acceptWithin'], 'to be accepted within', length)(
        before.acceptWithinMs,
        after.acceptWithinMs,
        place,
      ),
      ...said(['then'], 'when nobody accepts', words.target)(before.then, after.then, place),
    ]
  }
}

function ladder(key: string, label: string): Compare<ClockTerms> {
  return fields<ClockTerms>({
    withinMs: said([key, 'within'], label, length),
    steps: listed([key, 'steps'], `has for the ${label}`, step, 'ordered'),
  })
}

/** Only the lines between the first and the last that changed. */
function letterText(before: string, after: string, place: Parameters<Compare<string>>[2]): readonly Change[] {
  if (isSame(before, after)) return []
  const [from, to] = [before.split('\n'), after.split('\n')]
  while (from.length > 0 && to.length > 0 && from[0] === to[0]) {
    from.shift()
    to.shift()
  }
  while (from.length > 0 && to.length > 0 && from.at(-1) === to.at(-1)) {
    from.pop()
    to.pop()
  }
  return [changed(place, ['text'], `text ${quote(from)} → ${quote(to)}`)]
}

function quote(lines: readonly string[]): string {
  const text = lines.join(' / ')
  return text.length > mostQuoted ? `"${text.slice(0, mostQuoted)}…"` : `"${text}"`
}

function sayHours(intervals: WorkCalendar['hours'][(typeof weekdays)[number]]): string {
  if (intervals === undefined || intervals.length === 0) return 'closed'
  return intervals.map(([from, to]) => `${from}-${to}`).join(', ')
}

function sayFormFields(asked: readonly FormField[]): string {
  return asked.length === 0 ? 'the usual questions' : asked.map(formField).join(', ')
}

function sayUnlessNone(value: string | number | null | undefined): string {
  return value === null || value === undefined ? 'nothing' : String(value)
}
