/** Reads the people document: who works here, in which team, for whom, and when. */
import { z } from 'zod'
import { name, type RepId, repId } from './ids.js'
import type { People, Person, Team } from './people.js'
import { calendarsShape, compileCalendars, type HolidayYears } from './policy/calendars.js'
import { type DocumentSource, type PolicyError, type Report, readDocument } from './policy/problems.js'
import { text } from './policy/shape.js'

export { formatPolicyErrors as formatPeopleErrors } from './policy/problems.js'

export type ParsedPeople =
  | { ok: true; people: People; source: DocumentSource }
  | { ok: false; errors: PolicyError[] }

const person = z.strictObject({
  name: text(200),
  email: z.email('not an email address').max(320, 'longer than 320 characters'),
  role: name,
  team: z.string(),
  manager: z.string().optional(),
  calendar: z.string(),
  languages: z.array(z.string().regex(/^[a-z]{2,3}$/, 'not a language code, such as en or de')).optional(),
  skills: z.array(name).optional(),
  meetingLink: z.url({ protocol: /^https$/, error: 'expected a link that begins with https://' }).optional(),
  channel: z.enum(['email', 'in-app']).optional(),
})

/** The form of a people document. */
export const peopleShape = z.strictObject({
  calendars: calendarsShape,
  teams: z.record(name, z.strictObject({ name: text(200), manager: repId })),
  people: z.record(repId, person),
})
const peopleSections = peopleShape.partial()
type Sections = z.infer<typeof peopleSections>
type PeopleShape = z.infer<typeof peopleShape>

/** As `parsePolicy`, for people; with the calendar of each resolved to dates for `holidayYears`. */
export function parsePeople(
  yamlText: string,
  fileName: string,
  options: { holidayYears: HolidayYears },
): ParsedPeople {
  const shapes = { whole: peopleShape, sections: peopleSections }
  const read = readDocument(yamlText, fileName, shapes, (sections, _document, report) =>
    compilePeople(sections, options.holidayYears, report),
  )
  return read.ok ? { ok: true, people: read.made, source: read.source } : read
}

function compilePeople({ calendars, teams, people }: Sections, years: HolidayYears, report: Report): People {
  const compiled = calendars === undefined ? null : compileCalendars(calendars, { years, report })
  if (teams !== undefined && people !== undefined) reportUnknown({ teams, people, calendars }, report)
  if (people !== undefined) reportSharedAddresses(people, report)
  const everyone = Object.entries(people ?? {}).map(([id, given]): Person => {
    const { languages, skills, meetingLink, channel, calendar, ...rest } = given
    return {
      ...rest,
      id: repId.parse(id),
      manager: managerOf(id, given, teams ?? {}),
      calendar: compiled?.[calendar] ?? { zone: 'UTC', hours: {}, holidays: [] },
      languages: languages ?? [],
      skills: skills ?? [],
      meetingLink: meetingLink ?? null,
      channel: channel ?? 'email',
    }
  })
  reportCircles(everyone, people ?? {}, report)
  const groups = Object.entries(teams ?? {}).map(([id, { name, manager }]): Team => ({ id, name, manager }))
  return { teams: groups, people: everyone }
}

/** Their own, or their team's; whoever manages the team has none unless the document says so. */
function managerOf(
  id: string,
  given: PeopleShape['people'][RepId],
  teams: PeopleShape['teams'],
): RepId | null {
  const own = given.manager === undefined ? null : repId.safeParse(given.manager)
  if (own !== null) return own.success ? own.data : null
  const ofTeam = Object.hasOwn(teams, given.team) ? teams[given.team]?.manager : undefined
  return ofTeam === undefined || ofTeam === id ? null : ofTeam
}

function reportUnknown(
  { teams, people, calendars }: Sections & Pick<PeopleShape, 'teams' | 'people'>,
  report: Report,
): void {
  const reps = Object.keys(people)
  const check = (path: string[], message: string, value: string, allowed: readonly string[]) => {
    if (!allowed.includes(value)) report({ path, message, value, allowed })
  }
  for (const [id, { manager }] of Object.entries(teams)) {
    check(['teams', id, 'manager'], 'nobody has this id', manager, reps)
  }
  for (const [id, { team, manager, calendar }] of Object.entries(people)) {
    check(['people', id, 'team'], 'unknown team', team, Object.keys(teams))
    if (manager !== undefined) check(['people', id, 'manager'], 'nobody has this id', manager, reps)
    if (calendars !== undefined) {
      check(['people', id, 'calendar'], 'unknown calendar', calendar, Object.keys(calendars))
    }
  }
}

/** An answer by email is known by its address, so two people with one could not be told apart. */
function reportSharedAddresses(people: PeopleShape['people'], report: Report): void {
  const owners = new Map<string, string>()
  for (const [id, { email }] of Object.entries(people)) {
    const owner = owners.get(email.toLowerCase())
    if (owner === undefined) owners.set(email.toLowerCase(), id)
    else report({ path: ['people', id, 'email'], message: `the address of ${owner}`, value: email })
  }
}

/** An escalation goes from manager to manager; in a circle it would never arrive. Each circle is reported once. */
function reportCircles(everyone: readonly Person[], people: PeopleShape['people'], report: Report): void {
  const managers = new Map(everyone.map(({ id, manager }) => [id, manager]))
  const settled = new Set<RepId>()
  for (const { id } of everyone) {
    const chain: RepId[] = []
    let next: RepId | null = id
    while (next !== null && !settled.has(next) && !chain.includes(next)) {
      chain.push(next)
      next = managers.get(next) ?? null
    }
    if (next !== null && chain.includes(next)) {
      const circle = [...chain.slice(chain.indexOf(next)), next]
      const path = people[next]?.manager === undefined ? ['people', next] : ['people', next, 'manager']
      report({ path, message: `manages themselves in the end: ${circle.join(', ')}`, value: undefined })
    }
    for (const rep of chain) settled.add(rep)
  }
}
