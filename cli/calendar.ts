import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { Command } from 'commander'
import { z } from 'zod'
import {
  checkCalendar,
  dueAt,
  elapsedMs,
  formatInstant,
  type Hold,
  isOpen,
  nextOpen,
  parseInstant,
  type WorkCalendar,
  workCalendar,
} from '../domain/calendar.js'
import type { EpochMs } from '../domain/ids.js'

const caseLine = z.object({
  ...workCalendar.shape,
  holidays: workCalendar.shape.holidays.default([]),
  start: z.string(),
  workSeconds: z.number().nonnegative().max(1e10).optional(),
  end: z.string().optional(),
  holds: z.array(z.tuple([z.string(), z.string().nullable()])).default([]),
})
const lineWithId = z.object({ id: z.union([z.string(), z.number()]) })

type Case = {
  calendar: WorkCalendar
  startMs: EpochMs
  endMs: EpochMs | null
  workMs: number | null
  holds: Hold[]
}
type Answer = Record<string, string | number | boolean | null>
type Ask = (asked: Case) => Answer

/**
 * `leadline calendar due|elapsed|open|next-open`: working-time arithmetic on JSON lines, for scripts and for holding a
 * calendar against another tool. A line that cannot be answered is answered with its error, and the exit code stays 0.
 */
export function calendarCommand(): Command {
  const command = new Command('calendar').description(
    'working-time arithmetic: JSON lines in, one answer per line',
  )
  const questions: [string, string, Ask][] = [
    ['due', 'when workSeconds of working time have passed since start', askDue],
    ['elapsed', 'the working seconds from start to end', askElapsed],
    ['open', 'whether start is in working hours (holds do not close a calendar)', askOpen],
    ['next-open', 'the first open instant that is not before start', askNextOpen],
  ]
  for (const [name, description, ask] of questions) {
    const answerAll = (input: AsyncIterable<Buffer>) => answers(input, ask)
    command
      .command(name)
      .description(description)
      .action(() =>
        pipeline(process.stdin, answerAll, process.stdout, { end: false }).catch(endQuietlyOnClosedPipe),
      )
  }
  return command
}

/** The reader, `head` say, has seen enough. */
function endQuietlyOnClosedPipe(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
}

function askDue({ calendar, startMs, workMs, holds }: Case): Answer {
  if (workMs === null) throw new RangeError('workSeconds: missing')
  return { due: formatInstant(calendar.zone, dueAt(calendar, startMs, workMs, holds)) }
}

function askElapsed({ calendar, startMs, endMs, holds }: Case): Answer {
  if (endMs === null) throw new RangeError('end: missing')
  return { elapsedSeconds: elapsedMs(calendar, startMs, endMs, holds) / 1000 }
}

function askOpen({ calendar, startMs }: Case): Answer {
  return { open: isOpen(calendar, startMs) }
}

function askNextOpen({ calendar, startMs }: Case): Answer {
  return { nextOpen: formatInstant(calendar.zone, nextOpen(calendar, startMs)) }
}

async function* answers(input: AsyncIterable<Buffer>, ask: Ask): AsyncGenerator<string> {
  for await (const text of lines(input)) {
    if (text === null || text.trim() !== '') yield `${JSON.stringify(answer(text, ask))}\n`
  }
}

function answer(text: string | null, ask: Ask): Answer {
  if (text === null) return { id: null, error: `a line longer than ${longestLine} characters` }
  const json = parseJson(text.trim()) // a byte order mark counts as space
  if (json === undefined) return { id: null, error: 'not JSON' }
  const id = lineWithId.safeParse(json).data?.id ?? null
  const parsed = caseLine.safeParse(json)
  if (!parsed.success) return { id, error: parsed.error.issues.map(describe).join('; ') }
  try {
    return { id, ...ask(readCase(parsed.data)) }
  } catch (error) {
    if (error instanceof RangeError) return { id, error: error.message }
    throw error
  }
}

/** Times without an offset are local to the calendar's zone. @throws CalendarError */
function readCase({ zone, hours, holidays, start, end, workSeconds, holds }: z.infer<typeof caseLine>): Case {
  const calendar = { zone, hours, holidays }
  checkCalendar(calendar)
  return {
    calendar,
    startMs: parseInstant(zone, start),
    endMs: end === undefined ? null : parseInstant(zone, end),
    workMs: workSeconds === undefined ? null : Math.round(workSeconds * 1000),
    holds: holds.map(([from, to]) => ({
      fromMs: parseInstant(zone, from),
      toMs: to === null ? null : parseInstant(zone, to),
    })),
  }
}

function describe(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A longer line is read past and answered with an error, so that memory stays bounded whatever is piped in. */
const longestLine = 1_048_576

/** The lines of a stream; null stands for one that is too long. */
async function* lines(input: AsyncIterable<Buffer>): AsyncGenerator<string | null> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let tooLong = false
  for await (const chunk of input) {
    const [head = '', ...tail] = decoder.write(chunk).split('\n')
    const parts = [rest + head, ...tail]
    rest = parts.pop() ?? ''
    for (const part of parts) {
      yield tooLong || part.length > longestLine ? null : part
      tooLong = false
    }
    if (rest.length > longestLine) {
      tooLong = true
      rest = ''
    }
  }
  rest += decoder.end()
  if (tooLong || rest.length > 0) yield tooLong ? null : rest
}
