/**
 * `kill -9` of everything in the middle of the demo, start again: no lead is lost, none has two owners, no turn is taken
 * twice, and each open lead that is due has a running workflow with a timer not later than that. Prints the figures.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { submissionsOf } from '../../cli/demo-stories.js'
import { textTable } from '../../cli/table.js'
import { findTemporalCli } from '../../cli/temporal-cli.js'
import { connect, type Pool, rows, sql } from '../../db/sql.js'
import { readRuntime } from '../../worker/embedded/instance.js'
import { codeOf, endProcesses } from '../../worker/embedded/processes.js'
import { freePort } from '../setup/ports.js'

const leadsOfDemo = 60
const patienceMs = 180_000
const pollMs = 50
/** What was under way at the kill is tried again after some seconds, and a look takes one or two. */
const looksMost = 30
const program = fileURLToPath(new URL('../../bin/leadline.mjs', import.meta.url))

/** What `leadline verify --all --json` says, as far as it is held against something here. */
const verified = z.object({
  leads: z.int(),
  checked: z.object({
    leads: z.record(z.enum(['ended', 'owned', 'inReview', 'waiting', 'arriving', 'lost']), z.int()),
    owners: z.object({ leadsWithTwo: z.int() }),
    turns: z.object({ taken: z.int(), takenTwice: z.int() }),
    dues: z.object({
      leads: z.int(),
      workflowRuns: z.int(),
      timerInTime: z.int(),
      acting: z.int(),
      latestTimerMs: z.number().nullable(),
    }),
  }),
  findings: z.array(z.object({ lead: z.string().nullable(), invariant: z.string(), what: z.string() })),
})

type Figures = z.infer<typeof verified> & {
  when: string
  /** Whoever sent them was told that they are taken in. */
  promised: number
  promisedAndGone: number
}

/** Seconds after the demo's first lead was taken in; or some seconds later, as soon as somebody's act is written. */
type Moment = number | 'in an act'
const caughtUp = 'caught up'

type Running = {
  process: ChildProcess
  said: () => string
  complained: () => string
  ended: Promise<number | null>
}

let folder: string
let home: string
let settings: Record<string, string>
let spawned: Running[]

beforeEach(async () => {
  const cli = await findTemporalCli()
  if (cli === null) throw new Error('no Temporal server on this machine yet: run `npm test` once')
  folder = await mkdtemp(join(tmpdir(), 'leadline-killed-'))
  await chmod(folder, 0o755)
  // The demo keeps to a folder of its own inside the one that it is given.
  home = join(folder, 'demo')
  spawned = []
  settings = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    LEADLINE_TEMPORAL_CLI: cli,
    PORT: String(await freePort()),
    LEADLINE_POSTGRES_PORT: String(await freePort()),
    LEADLINE_TEMPORAL_PORT: String(await freePort()),
    LEADLINE_TEMPORAL_UI_PORT: String(await freePort()),
    LEADLINE_SMTP_PORT: String(await freePort()),
  }
})
afterEach(async () => {
  for (const running of spawned) await killEverything(running)
  await rm(folder, { recursive: true, force: true })
}, 60_000)

describe('kill -9 of everything in the middle of the demo', () => {
  it.each<{ says: string; kills: Moment[] }>([
    { says: 'after 8 s', kills: [8] },
    { says: 'after 14 s', kills: [14] },
    { says: 'after 20 s', kills: [20] },
    { says: 'again and again', kills: [5, 4, 3] },
    { says: 'while a person acts', kills: ['in an act', 'in an act', 'in an act'] },
  ])('$says loses nothing and does nothing twice', { timeout: 1_200_000 }, async ({ kills }) => {
    const table: Figures[] = []
    try {
      for (const moment of kills) {
        await killDemo(moment)
        const when = moment === 'in an act' ? moment : `at ${moment} s`
        table.push(...(await figuresOfInstance(`killed ${when}`)))
      }
      const demo = launch(['demo'], folder)
      const code = await demo.ended
      table.push(...(await figuresOfInstance('at the end')))
      expect(code, demo.said() + demo.complained()).toBe(0)
    } finally {
      console.log(show(table))
    }
    for (const row of table) expect(row).toMatchObject(asItShouldBe(row))
    expect(table.filter(row => row.when === caughtUp && isCatchingUp(row))).toEqual([])
    const all = { promised: leadsOfDemo, leads: leadsOfDemo, checked: { leads: { inReview: 0 } } }
    expect(table.at(-1)).toMatchObject(all)
  })
})

/** What must hold at any instant. That open leads are due at all is asked so that their timers are not of nobody. */
function asItShouldBe({ checked: { dues } }: Figures) {
  expect(dues.leads).toBeGreaterThan(0)
  return {
    promisedAndGone: 0,
    checked: {
      leads: { lost: 0 },
      owners: { leadsWithTwo: 0 },
      turns: { takenTwice: 0 },
      dues: { workflowRuns: dues.leads, timerInTime: dues.leads - dues.acting },
    },
    findings: [],
  }
}

async function killDemo(moment: Moment): Promise<void> {
  const before = (await readPromises()).lines
  const demo = launch(['demo'], folder)
  await saysOrDoes(demo, async () => (await readPromises()).lines > before)
  await sleep((moment === 'in an act' ? 3 : moment) * 1_000)
  expect(demo.process.exitCode, demo.said()).toBeNull()
  const family = await familyOf(demo)
  if (moment === 'in an act') await anActIsWritten()
  await killEverything(demo, family)
  // It takes this away when it has come to its end.
  expect(existsSync(join(home, 'demo-run'))).toBe(true)
}

/** Acknowledged or touched: the database has it, and the workflow has hardly had the time to tell its server so. */
async function anActIsWritten(): Promise<void> {
  const db = await openDatabase()
  const acts = async () =>
    (await rows(db, z.object({}), sql`select from events where kind in ('acknowledged', 'touched')`)).length
  const before = await acts()
  for (const end = Date.now() + patienceMs; (await acts()) === before; ) {
    if (Date.now() > end) throw new Error('nobody acts')
  }
  // Not waited for: the server is about to be killed.
  db.end().catch(() => {})
}

/** Starts an instance on what was left, looks at it, once more where it was still catching up, and kills that one too. */
async function figuresOfInstance(when: string): Promise<Figures[]> {
  const instance = launch(['start'], home)
  await saysOrDoes(instance, async () => instance.said().includes('Ctrl-C'))
  const first = await look(when)
  let last = first
  for (let looks = 1; isCatchingUp(last) && looks < looksMost; looks++) last = await look(caughtUp)
  await killEverything(instance)
  return first === last ? [first] : [first, last]
}

function isCatchingUp({ checked }: Figures): boolean {
  return checked.leads.arriving > 0 || checked.dues.acting > 0
}

async function look(when: string): Promise<Figures> {
  const verify = launch(['verify', '--all', '--json'], home)
  await verify.ended
  return { when, ...verified.parse(JSON.parse(verify.said())), ...(await promisesKept()) }
}

/** One line for each time that a lead was sent, with its key; the run's name is in the file's. */
async function readPromises(): Promise<{ run: string; lines: number; keys: Set<string> }> {
  const names = existsSync(home) ? await readdir(home) : []
  const [file, run] = names.flatMap(name => /^demo-(\w+)\.promised$/.exec(name) ?? [])
  if (file === undefined || run === undefined) return { run: '', lines: 0, keys: new Set() }
  const lines = (await readFile(join(home, file), 'utf8')).trimEnd().split('\n')
  return { run, lines: lines.length, keys: new Set(lines) }
}

/** Counted by address: somebody may write twice, and then two submissions must be there. */
async function promisesKept(): Promise<{ promised: number; promisedAndGone: number }> {
  const { run, keys } = await readPromises()
  const db = await openDatabase()
  const stored = await rows(
    db,
    z.object({ email: z.string() }),
    sql`select raw->>'email' as email from submissions`,
  )
  await db.end()
  const left = stored.map(({ email }) => email)
  let promisedAndGone = 0
  for (const { body } of submissionsOf(run).filter(({ key }) => keys.has(key))) {
    const found = left.indexOf(body.email ?? '')
    if (found < 0) promisedAndGone += 1
    else left.splice(found, 1)
  }
  return { promised: keys.size, promisedAndGone }
}

async function openDatabase(): Promise<Pool> {
  return connect((await readRuntime(home))?.databaseUrl ?? '', 1)
}

function show(table: readonly Figures[]): string {
  const lines: Record<string, (row: Figures) => number | string> = {
    'leads sent': row => row.promised,
    'leads stored': row => row.leads,
    'with an owner or an ending': ({ checked: { leads } }) => leads.owned + leads.ended,
    'in review or arriving': ({ checked: { leads } }) => leads.inReview + leads.arriving,
    lost: row => row.promisedAndGone + row.checked.leads.lost,
    'with two owners at once': row => row.checked.owners.leadsWithTwo,
    'turns taken': row => row.checked.turns.taken,
    'turns taken twice': row => row.checked.turns.takenTwice,
    'open leads that are due': row => row.checked.dues.leads,
    '… with a running workflow': row => row.checked.dues.workflowRuns,
    '… with a timer in time': row => row.checked.dues.timerInTime,
    '… acting at this moment': row => row.checked.dues.acting,
    'latest timer, ms after its due': row => row.checked.dues.latestTimerMs ?? '-',
    'findings of verify': row => row.findings.length,
  }
  const found = table.flatMap(({ when, findings }) =>
    findings.map(({ lead, ...of }) => [when, lead ?? '-', of.invariant, of.what].join('  ')),
  )
  const cells = Object.entries(lines).map(([name, of]) => [name, ...table.map(row => String(of(row)))])
  return [textTable(['', ...table.map(({ when }) => when)], cells), ...found].join('\n')
}

function launch(args: string[], dataFolder: string): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...settings, LEADLINE_HOME: dataFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complained = ''
  child.stdout.on('data', chunk => (said += String(chunk)))
  child.stderr.on('data', chunk => (complained += String(chunk)))
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const running = { process: child, said: () => said, complained: () => complained, ended }
  spawned.push(running)
  return running
}

async function saysOrDoes(
  { process: child, said, complained }: Running,
  is: () => Promise<boolean>,
): Promise<void> {
  for (let waitedMs = 0; !(await is()); waitedMs += pollMs) {
    if (child.exitCode !== null || waitedMs > patienceMs) throw new Error(`${said()}\n${complained()}`)
    await sleep(pollMs)
  }
}

async function killEverything(running: Running, family?: number[]): Promise<void> {
  const { exitCode, signalCode } = running.process
  if (exitCode !== null || signalCode !== null) return
  const all = family ?? (await familyOf(running))
  for (const pid of all) kill(pid)
  expect(await endProcesses(all, [{ signal: 'SIGKILL', seconds: 10 }])).toEqual([])
  await running.ended
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // A server's own helper may have ended meanwhile.
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

/** The command, the program that it starts, and the servers that this one starts, with theirs. */
async function familyOf({ process: { pid: ancestor } }: Running): Promise<number[]> {
  if (ancestor === undefined) return []
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid='])
  const pairs = stdout
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
  const family = [ancestor]
  for (const parent of family) {
    family.push(...pairs.flatMap(([pid, of]) => (of === parent && pid !== undefined ? [pid] : [])))
  }
  return family
}
