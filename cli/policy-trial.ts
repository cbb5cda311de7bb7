/** What the commands that try a policy without a server have in common: the documents, the people, the instants. */
import { CalendarError, formatInstant, parseInstant } from '../domain/calendar.js'
import { type EpochMs, instant } from '../domain/ids.js'
import { duration } from '../domain/ladder.js'
import type { Roster } from '../domain/people.js'
import { parsePeople } from '../domain/people-document.js'
import type { Policy } from '../domain/policy.js'
import { checkAgainstPeople, formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { withStandIns } from '../domain/simulation/stand-ins.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDocument } from './with-instance.js'

export type Trial = { policy: Policy; roster: Roster; assumptions: string[] }

/**
 * The policy with the people of a document, or with stand-ins for those whom it names. Whom it names in vain is said on
 * stderr: a trial shows what comes of it.
 * @throws CannotStart with every error of a document
 */
export async function readTrial(
  file: string,
  peopleFile: string | undefined,
  holidayYears: [number, number],
): Promise<Trial> {
  const parsed = await readPolicy(file, holidayYears)
  if (peopleFile === undefined) return withStandIns(parsed.policy)
  const read = parsePeople(await readDocument(peopleFile), peopleFile, { holidayYears })
  if (!read.ok) throw new CannotStart(formatPolicyErrors(read.errors, peopleFile))
  const errors = checkAgainstPeople(parsed.policy, read.people, parsed.source)
  if (errors.length > 0) process.stderr.write(`${formatPolicyErrors(errors, file)}\n`)
  return {
    policy: parsed.policy,
    roster: { ...read.people, leave: [] },
    assumptions: ['Nobody is on leave: a people document says nothing of it.'],
  }
}

/** @throws CannotStart with every error of the document */
export async function readPolicy(
  file: string,
  holidayYears: [number, number],
): Promise<Extract<ReturnType<typeof parsePolicy>, { ok: true }>> {
  const parsed = parsePolicy(await readDocument(file), file, { holidayYears })
  if (!parsed.ok) throw new CannotStart(formatPolicyErrors(parsed.errors, file))
  return parsed
}

/**
 * `2026-11-23`, the first instant of that day, or `2026-11-23T09:30` with or without an offset; local to the zone.
 * @throws CannotStart
 */
export function readInstant(option: string, zone: string, text: string): EpochMs {
  try {
    return parseInstant(zone, /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error
    throw new CannotStart(
      `${option} ${text}: expected a date and time such as 2026-11-23T09:30, or 2026-11-23T09:30:00+01:00`,
    )
  }
}

/** @throws CannotStart */
export function readDuration(option: string, text: string): number {
  const read = duration.safeParse(text)
  if (read.success) return read.data
  throw new CannotStart(`${option}: ${read.error.issues[0]?.message ?? 'not a duration'}`)
}

/** `Mon 2026-11-23 09:30 +00:00`: to the minute, in the policy's zone. */
export function sayInstant(zone: string, atMs: number): string {
  const text = formatInstant(zone, instant(Math.round(atMs)))
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][
    new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDay()
  ]
  return `${day} ${text.slice(0, 10)} ${text.slice(11, 16)} ${text.slice(-6)}`
}
