import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = new URL('../../', import.meta.url)
const program = `
  const { calendarCommand } = await import('./cli/calendar.ts')
  await calendarCommand().parseAsync([process.env.QUESTION], { from: 'user' })
`

/** The command in a process of its own, with real pipes. */
function start(question: string): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: root,
    env: { ...process.env, QUESTION: question },
  })
}

async function ask(
  question: string,
  input: string,
): Promise<{ answers: unknown[]; exitCode: number | null }> {
  const child = start(question)
  const exited = new Promise<number | null>(resolve => child.on('exit', resolve))
  child.stdin.end(input)
  const answers: unknown[] = []
  for await (const line of createInterface({ input: child.stdout })) answers.push(JSON.parse(line))
  return { answers, exitCode: await exited }
}

const office = { zone: 'Europe/London', hours: { mon: [['09:00', '17:30']], tue: [['09:00', '17:30']] } }
const jsonLines = (...lines: unknown[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('')

describe('leadline calendar', { timeout: 60_000 }, () => {
  it('due answers each sample case', async () => {
    const sample = z.looseObject({ id: z.string(), expected: z.string() })
    const samples = z
      .array(sample)
      .min(12)
      .parse(JSON.parse(readFileSync(new URL('test/cases/calendar.json', root), 'utf8')))
    const { answers, exitCode } = await ask('due', jsonLines(...samples))
    expect(answers).toEqual(samples.map(({ id, expected }) => ({ id, due: expected })))
    expect(exitCode).toBe(0)
  })

  it('elapsed counts seconds and their fractions, without holidays and holds', async () => {
    const { answers } = await ask(
      'elapsed',
      jsonLines(
        { id: 1, ...office, start: '2025-03-03T17:29:59.5', end: '2025-03-04T09:00:01' },
        { id: 2, ...office, holidays: ['2025-03-04'], start: '2025-03-03T17:00', end: '2025-03-04T12:00' },
        {
          id: 3,
          ...office,
          start: '2025-03-03T09:00',
          end: '2025-03-03T12:00Z',
          holds: [
            ['2025-03-03T09:30', '2025-03-03T10:30'],
            ['2025-03-03T11:00', null],
          ],
        },
        { id: 4, ...office, start: '2025-03-03T09:00' },
      ),
    )
    expect(answers).toEqual([
      { id: 1, elapsedSeconds: 1.5 },
      { id: 2, elapsedSeconds: 1800 },
      { id: 3, elapsedSeconds: 3600 },
      { id: 4, error: 'end: missing' },
    ])
  })

  it('open and next-open answer with the offset of the zone', async () => {
    const input = jsonLines(
      { id: 'in', ...office, start: '2025-03-31T10:00:00' },
      { id: 'out', ...office, start: '2025-03-31T17:30:00' },
    )
    expect((await ask('open', input)).answers).toEqual([
      { id: 'in', open: true },
      { id: 'out', open: false },
    ])
    expect((await ask('next-open', input)).answers).toEqual([
      { id: 'in', nextOpen: '2025-03-31T10:00:00+01:00' },
      { id: 'out', nextOpen: '2025-04-01T09:00:00+01:00' },
    ])
  })

  it('answers a bad line with its error and goes on', async () => {
    const good = { ...office, start: '2025-03-03T10:00', workSeconds: 0.25 }
    const input = [
      '{"id": "cut off',
      JSON.stringify({ ...good, id: 'zone', zone: 'Mars/Olympus' }),
      JSON.stringify({ ...good, id: 'start', start: 'soon' }),
      JSON.stringify({ ...good, id: 'never', hours: {} }),
      JSON.stringify({ ...good, id: 'held', holds: [['2025-03-03T10:00', null]] }),
      JSON.stringify({ ...office, id: 'work', start: '2025-03-03T10:00' }),
      JSON.stringify({ ...good, id: 'negative', workSeconds: -1 }),
      '[]',
      '',
      'x'.repeat(1_500_000),
      `${JSON.stringify({ ...good, id: 'windows' })}\r`,
      JSON.stringify({ ...good, id: 'last, without an end of line' }),
    ].join('\n')
    const { answers, exitCode } = await ask('due', input)
    const message = (words: string) => expect.stringContaining(words)
    expect(answers).toEqual([
      { id: null, error: 'not JSON' },
      { id: 'zone', error: message('unknown time zone "Mars/Olympus"') },
      { id: 'start', error: message('not a time: "soon"') },
      { id: 'never', error: message('no open hour') },
      { id: 'held', error: message('paused since 2025-03-03T10:00:00.000Z') },
      { id: 'work', error: 'workSeconds: missing' },
      { id: 'negative', error: message('workSeconds') },
      { id: null, error: message('expected object') },
      { id: null, error: message('longer than') },
      { id: 'windows', due: '2025-03-03T10:00:00.250+00:00' },
      { id: 'last, without an end of line', due: '2025-03-03T10:00:00.250+00:00' },
    ])
    expect(exitCode).toBe(0)
  })

  it('answers a line before the next one comes', async () => {
    const child = start('open')
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    for (const id of [1, 2, 3]) {
      child.stdin.write(jsonLines({ id, ...office, start: '2025-03-03T10:00' }))
      const answer = await answers.next()
      expect(JSON.parse(String(answer.value))).toEqual({ id, open: true })
    }
    child.stdin.end()
    expect((await answers.next()).done).toBe(true)
  })

  it('ends quietly when its reader has seen enough', async () => {
    const child = start('open')
    const exited = new Promise<number | null>(resolve => child.on('exit', resolve))
    const complaints: string[] = []
    child.stderr.on('data', chunk => complaints.push(String(chunk)))
    child.stdin.on('error', () => {}) // the command closes its input early: that is what is asked here
    child.stdout.once('data', () => child.stdout.destroy())
    child.stdin.end(jsonLines({ id: 1, ...office, start: '2025-03-03T10:00' }).repeat(20_000))
    expect(await exited).toBe(0)
    expect(complaints.join('')).not.toContain('EPIPE')
  })
})
