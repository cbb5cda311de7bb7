import { userInfo } from 'node:os'
import { Command } from 'commander'
import { addLeave } from '../db/leaves.js'
import { endLeave, rosterAt } from '../db/people.js'
import { repsAt } from '../db/reps.js'
import type { Pool } from '../db/sql.js'
import { CalendarError, formatInstant, parseInstant } from '../domain/calendar.js'
import { type EpochMs, instant } from '../domain/ids.js'
import type { Person } from '../domain/people.js'
import { CannotStart } from '../worker/cannot-start.js'
import { textTable } from './table.js'
import { withInstance } from './with-instance.js'

/** `leadline rep`: who is here. Someone who is away gets no lead, and their untouched leads go to whoever covers. */
export function repCommand(): Command {
  const rep = new Command('rep').description('who is here and who is away')
  rep
    .command('list')
    .description('everyone, with role, team, open leads and leave')
    .action(() => withInstance(({ db }) => list(db, now())))
  rep
    .command('away')
    .argument('<id>', "the person's id")
    .requiredOption(
      '--until <time>',
      'the first day or time back: 2026-12-01 or 2026-12-01T09:00, as their clock shows it',
    )
    .option('--from <time>', 'likewise (default: now)')
    .option('--cover <id>', 'who has their untouched leads meanwhile (default: whoever the rules choose)')
    .option('--sick', 'on sick leave, for the record')
    .description('gets no lead in that time')
    .action((id: string, times: AwayOptions) => withInstance(({ db }) => away(db, now(), id, times)))
  rep
    .command('back')
    .argument('<id>', "the person's id")
    .description('ends the leave that the person is on; planned leave stays')
    .action((id: string) => withInstance(({ db }) => back(db, now(), id)))
  return rep
}

type AwayOptions = { until: string; from?: string; cover?: string; sick?: true }

async function list(db: Pool, nowMs: EpochMs): Promise<void> {
  const { people } = await rosterAt(db, nowMs)
  const zones = new Map(people.map(({ id, calendar }) => [id, calendar.zone]))
  const cells = (await repsAt(db, nowMs)).map(({ id, name, role, team, openLeads, leave }) => {
    const say = (atMs: EpochMs) =>
      formatInstant(zones.get(id) ?? 'UTC', atMs)
        .slice(0, 16)
        .replace('T', ' ')
    const spans = leave.map(({ fromMs, untilMs }) => {
      const until = untilMs === null ? 'until further notice' : `until ${say(untilMs)}`
      return fromMs <= nowMs ? `away ${until}` : `from ${say(fromMs)} ${until}`
    })
    return [id, name, role, team, String(openLeads), zones.get(id) ?? '', spans.join('; ')]
  })
  process.stdout.write(textTable(['id', 'name', 'role', 'team', 'open leads', 'zone', 'leave'], cells))
}

async function away(db: Pool, nowMs: EpochMs, id: string, times: AwayOptions): Promise<void> {
  const person = await personOf(db, id, nowMs)
  const { zone } = person.calendar
  const fromMs = times.from === undefined ? nowMs : readTime(zone, '--from', times.from)
  const untilMs = readTime(zone, '--until', times.until)
  if (untilMs <= fromMs) throw new CannotStart(`--until ${times.until}: not after the leave begins`)
  const cover = times.cover === undefined ? null : (await personOf(db, times.cover, nowMs)).id
  const kind = times.sick ? 'sick' : 'planned'
  await addLeave(db, { rep: person.id, fromMs, untilMs, cover, kind, by: userInfo().username, atMs: nowMs })
  const from = times.from === undefined ? '' : ` from ${formatInstant(zone, fromMs)}`
  console.log(`${person.name} is away${from} until ${formatInstant(zone, untilMs)}.`)
}

async function back(db: Pool, nowMs: EpochMs, id: string): Promise<void> {
  const person = await personOf(db, id, nowMs)
  const ended = await endLeave(db, person.id, nowMs)
  console.log(ended === 0 ? `${person.name} was not away.` : `${person.name} is back.`)
}

async function personOf(db: Pool, id: string, nowMs: EpochMs): Promise<Person> {
  const { people } = await rosterAt(db, nowMs)
  const person = people.find(one => one.id === id)
  if (person !== undefined) return person
  const known = people.map(one => one.id).join(', ') || 'nobody yet; load people first'
  throw new CannotStart(`nobody has the id ${id}; there is ${known}`)
}

/** A day alone is its first moment: away until Tuesday is back on Tuesday. */
function readTime(zone: string, option: string, text: string): EpochMs {
  try {
    return parseInstant(zone, /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text)
  } catch (error) {
    if (error instanceof CalendarError) throw new CannotStart(`${option}: ${error.message}`)
    throw error
  }
}

function now(): EpochMs {
  return instant(Date.now())
}
