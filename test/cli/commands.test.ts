import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { leadCommand } from '../../cli/lead.js'
import { peopleCommand } from '../../cli/people.js'
import { repCommand } from '../../cli/rep.js'
import { textTable } from '../../cli/table.js'
import { rosterAt } from '../../db/people.js'
import { instant } from '../../domain/ids.js'
import { type Day, liveThroughADay } from '../invariants/a-day-in-sales.js'
import { submitted } from '../setup/submitted.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'
import { people } from '../workflows/desk-documents.js'

let desk: Desk
let day: Day
let folder: string
beforeAll(async () => {
  desk = await openDesk()
  day = await liveThroughADay(desk)
  folder = await mkdtemp(join(tmpdir(), 'leadline-commands-'))
  const { connectionString } = desk.db.options
  process.env.DATABASE_URL = connectionString ?? ''
  process.env.TEMPORAL_ADDRESS = inject('temporalAddress')
  process.env.TEMPORAL_NAMESPACE = 'default'
}, 120_000)
afterAll(async () => {
  await desk.close()
  await rm(folder, { recursive: true })
})

type Said = { out: string; err: string }

/** Runs a command as `leadline` would; what it refuses is thrown. */
async function run(command: Command, ...args: string[]): Promise<Said> {
  const said: Said = { out: '', err: '' }
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(text => void (said.out += `${String(text)}\n`)),
    vi.spyOn(console, 'error').mockImplementation(text => void (said.err += `${String(text)}\n`)),
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      said.out += String(text)
      return true
    }),
  ]
  try {
    const everyCommand = [command, ...command.commands]
    for (const each of everyCommand) each.exitOverride().configureOutput({ writeErr: () => {} })
    await command.parseAsync(args, { from: 'user' })
    return said
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

async function fileWith(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('leadline lead', () => {
  it('show says where a lead stands, and its story line by line in local time', async () => {
    const { out } = await run(leadCommand(), 'show', day.overdue)
    const lines = out.split('\n')
    expect(lines).toContain(`Lead      ${day.overdue}, from contact-form`)
    expect(lines).toContain('Prospect  Prospect overdue, The overdue company')
    expect(lines).toContain('Status    working')
    expect(lines.find(line => line.startsWith('Workflow'))).toContain(`lead-${day.overdue}`)
    expect(lines).toContain('Owner     Ana Ruiz (ana), by for-ana')
    expect(lines).toContain(`Times are those of ${new Intl.DateTimeFormat().resolvedOptions().timeZone}.`)
    const story = lines.slice(lines.indexOf('') + 1).filter(line => line !== '')
    expect(story).toHaveLength((await desk.story(day.overdue)).length)
    for (const line of story) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}[A-Z]/)
    expect(story.join('\n')).toMatch(/Breach: no acknowledgement by Ana Ruiz until/)
  })

  it('show says who decides a review and until when, and where a merged lead went', async () => {
    expect((await run(leadCommand(), 'show', day.inReview)).out).toMatch(
      /\nReview {4}missing-critical: Oskar Blom decides by \d{4}-/,
    )
    const merged = (await run(leadCommand(), 'show', day.merged)).out
    expect(merged).toContain('\nStatus    closed: merged\n')
    expect(merged).toContain(`\nMerged    into ${day.survivor}\n`)
  })

  it('why says why the owner has it, and why somebody else has not', async () => {
    expect((await run(leadCommand(), 'why', day.converted)).out).toContain(
      'ana owns this lead.\nRule for-ana decided',
    )
    expect((await run(leadCommand(), 'why', day.converted, '--not', 'ben')).out).toContain(
      'ben was not asked',
    )
  })

  it('list shows the latest leads, filtered', async () => {
    const { out } = await run(leadCommand(), 'list', '--status', 'in_review')
    const [header, ...leads] = out.trimEnd().split('\n')
    expect(header).toMatch(/^lead +received +status +owner +rule +source$/)
    expect(leads).toHaveLength(1)
    expect(leads[0]).toMatch(new RegExp(`^${day.inReview} .* in_review +- +- +demo-form$`))
    expect((await run(leadCommand(), 'list', '--owner', 'dora')).out).toContain(day.handedOver)
    expect((await run(leadCommand(), 'list', '--limit', '2')).out.trimEnd().split('\n')).toHaveLength(3)
  })

  it.each([
    [['show', 'nonsense'], /A lead's id is a UUID/],
    [['show', '5a6f3a52-6d5c-4a55-9d3e-8f1f6f2f7a11'], /there is no lead 5a6f3a52/],
    [['why', '5a6f3a52-6d5c-4a55-9d3e-8f1f6f2f7a11'], /there is no lead 5a6f3a52/],
    [['list', '--status', 'lost'], /Allowed: received, in_review/],
    [['list', '--limit', '0'], /Expected a whole number from 1/],
  ])('refuses %j', async (args, complaint) => {
    await expect(run(leadCommand(), ...args)).rejects.toThrow(complaint)
  })

  it('has nothing to say why before anything is decided', async () => {
    const lead = await submitted(desk.db, { email: 'a@waits.example' }, await desk.now())
    await expect(run(leadCommand(), 'why', lead)).rejects.toThrow('nothing has been decided yet')
  })
})

describe('leadline rep', () => {
  const away = (...args: string[]) => run(repCommand(), 'away', ...args)

  it('away takes a day of the person, and back ends it', async () => {
    expect((await away('cleo', '--until', '2199-01-05')).out).toBe(
      'Cleo Marsh is away until 2199-01-05T00:00:00+00:00.\n',
    )
    const { leave } = await rosterAt(desk.db, instant(Date.now()))
    expect(leave.filter(({ rep }) => rep === 'cleo')).toMatchObject([{ untilMs: Date.UTC(2199, 0, 5) }])
    expect((await run(repCommand(), 'list')).out).toMatch(
      /^cleo +Cleo Marsh .* away until 2199-01-05 00:00$/m,
    )
    expect((await run(repCommand(), 'back', 'cleo')).out).toBe('Cleo Marsh is back.\n')
    expect((await run(repCommand(), 'back', 'cleo')).out).toBe('Cleo Marsh was not away.\n')
    expect((await run(repCommand(), 'list')).out).not.toContain('away')
  })

  it('away from a later day is planned, and back leaves it alone', async () => {
    const { out } = await away('ben', '--from', '2199-02-01T09:00', '--until', '2199-02-03T12:30')
    expect(out).toBe('Ben Okafor is away from 2199-02-01T09:00:00+00:00 until 2199-02-03T12:30:00+00:00.\n')
    expect((await run(repCommand(), 'back', 'ben')).out).toBe('Ben Okafor was not away.\n')
    expect((await run(repCommand(), 'list')).out).toMatch(
      /^ben .* from 2199-02-01 09:00 until 2199-02-03 12:30$/m,
    )
  })

  it.each([
    [['nobody', '--until', '2199-01-01'], /nobody has the id nobody; there is ana, ben, cleo/],
    [['ana', '--until', '2001-01-01'], /--until 2001-01-01: not after the leave begins/],
    [['ana', '--until', 'tomorrow'], /--until: not a time: "tomorrow"/],
    [['ana'], /required option '--until <time>'/],
  ])('away refuses %j', async (args, complaint) => {
    await expect(away(...args)).rejects.toThrow(complaint)
  })
})

// Last: it sends people away.
describe('leadline people', () => {
  it('load says who is new, changed and gone, and warns where the policy still names them', async () => {
    const joined = people
      .replace('role: ae, ', 'role: ae, languages: [en], ')
      .replace(
        / {2}ben: .*\n/,
        '  zoe: { name: Zoe, email: zoe@leadline.test, role: sdr, team: south, calendar: always }\n',
      )
    const file = await fileWith('people.yaml', joined)
    const { out, err } = await run(peopleCommand(), 'load', file)
    expect(out).toBe('1 new, 1 changed, 1 ended.\n')
    expect(err).toMatch(/^policy version \d+: pools\.sdr\.turns\.ben: nobody has this id/)
    expect((await run(peopleCommand(), 'load', file)).out).toBe('0 new, 0 changed, 0 ended.\n')
  })

  it('load refuses a wrong document with file, line and column', async () => {
    const file = await fileWith(
      'wrong.yaml',
      people.replace('team: south, calendar: always }', 'team: north, calendar: always }'),
    )
    await expect(run(peopleCommand(), 'load', file)).rejects.toThrow(
      /wrong\.yaml:7:\d+: people\.ana\.team: unknown team/,
    )
  })
})

describe('a table on the terminal', () => {
  it('has columns as wide as their widest cell, and no spaces at the ends of lines', () => {
    expect(
      textTable(
        ['id', 'name', ''],
        [
          ['a', 'Zoë 👩‍👩‍👧', 'x'],
          ['long-one', '', ''],
        ],
      ),
    ).toBe('id        name\na         Zoë 👩‍👩‍👧  x\nlong-one\n')
  })
})
