import { Command } from 'commander'
import { addLeave, endLeave, rosterAt } from '../db/people.js'
import type { Pool } from '../db/sql.js'
import { parseInstant } from '../domain/calendar.js'
import { type EpochMs, instant } from '../domain/ids.js'
import type { Person } from '../domain/people.js'
import { openInstance } from './open.js'

export function repCommand(): Command {
  const rep = new Command('rep').description('who is here and who is away')
  rep
    .command('list')
    .description('everyone, with role, team and leave')
    .action(() => onInstance(list))
  rep
    .command('away')
    .argument('<id>', "the person's id")
    .requiredOption(
      '--until <time>',
      'a date or a local time of the person, such as 2026-12-01 or 2026-12-01T09:00',
    )
    .option('--from <time>', 'likewise; default now')
    .description('from then on the person gets no lead')
    .action((id: string, { until, from }: { until: string; from?: string }) =>
      onInstance(async (db, now) => {
        const { id: known, calendar } = await personOf(db, id, now)
        const fromMs = from === undefined ? now : readTime(calendar.zone, from)
        const untilMs = readTime(calendar.zone, until)
        if (untilMs <= fromMs) throw new Error(`--until ${until} is not after the start of the leave`)
        await addLeave(db, { rep: known, fromMs, untilMs, by: 'cli', atMs: now })
        console.log(`${known} is away until ${new Date(untilMs).toISOString()}.`)
      }),
    )
  rep
    .command('back')
    .argument('<id>', "the person's id")
    .description('ends the leave that the person is on')
    .action((id: string) =>
      onInstance(async (db, now) => {
        const { id: known } = await personOf(db, id, now)
        const ended = await endLeave(db, known, now)
        console.log(ended === 0 ? `${known} was not away.` : `${known} is back.`)
      }),
    )
  return rep
}

async function list(db: Pool, now: EpochMs): Promise<void> {
  const { people, leave } = await rosterAt(db, now)
  for (const { id, role, team, calendar } of people) {
    const away = leave.find(one => one.rep === id && one.fromMs <= now)
    const until = away?.untilMs == null ? 'further notice' : new Date(away.untilMs).toISOString()
    console.log(
      `${id.padEnd(16)}${role.padEnd(12)}${team.padEnd(16)}${calendar.zone}${away ? `  away until ${until}` : ''}`,
    )
  }
}

async function personOf(db: Pool, id: string, now: EpochMs): Promise<Person> {
  const { people } = await rosterAt(db, now)
  const person = people.find(one => one.id === id)
  if (person === undefined)
    throw new Error(`nobody is called ${id}; there are ${people.map(one => one.id).join(', ')}`)
  return person
}

function readTime(zone: string, text: string): EpochMs {
  return parseInstant(zone, /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text)
}

async function onInstance(work: (db: Pool, now: EpochMs) => Promise<void>): Promise<void> {
  const instance = await openInstance()
  try {
    await work(instance.db, instant(Date.now()))
  } finally {
    await instance.close()
  }
}
