/** A whole Leadline, with servers of its own, on a folder that is removed afterwards. */
import { chmod, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withTemporalCli } from '../cli/start.js'
import { type Config, readConfig, type WantedPort } from '../config.js'
import { mintKey } from '../db/access.js'
import { loadPeople } from '../db/people.js'
import { loadPolicy } from '../db/policies.js'
import { connect, type Pool } from '../db/sql.js'
import { now } from '../worker/clock.js'
import { readRuntime } from '../worker/embedded/instance.js'
import { removeOutside } from '../worker/embedded/postgres-place.js'
import { startAll } from '../worker/main.js'
import { reachOf, type TemporalReach } from '../worker/servers.js'

export type Instance = {
  url: string
  /** Of a website, and of whoever works the leads. */
  keys: { intake: string; manager: string }
  temporal: TemporalReach
  /** Connections beside those of the instance. */
  db: Pool
}

/** Far from those of an instance in use; where one is taken, the next free one is used. */
const firstPort = 24_100
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export async function onThrowAwayInstance<Result>(
  work: (instance: Instance) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'leadline-bench-'))
  const home = join(folder, 'home')
  // Root's Postgres runs as another user, who must be able to pass through.
  await chmod(folder, 0o711)
  await mkdir(home, { mode: 0o711 })
  try {
    return await onInstance(await throwAwayConfig(home), work)
  } finally {
    // Where root's Postgres could not live in the temporary folder or run from this one, it is beside them.
    await removeOutside(await realpath(home))
    await rm(folder, { recursive: true, force: true })
  }
}

async function onInstance<Result>(
  config: Config,
  work: (instance: Instance) => Promise<Result>,
): Promise<Result> {
  const interrupted = interruption()
  const said = createSaid()
  const keys = { intake: '', manager: '' }
  const running = await startAll(config, said.say, async db => {
    await loadDocuments(db)
    keys.intake = await mintKey(db, { name: 'bench', role: 'intake', rep: null })
    keys.manager = await mintKey(db, { name: 'bench', role: 'manager', rep: 'mia' })
  })
  try {
    const about = await readRuntime(config.home)
    const temporal = reachOf(about?.temporal ?? null)
    if (about === null || temporal === null)
      throw new Error('the instance does not say where its servers are')
    const db = connect(about.databaseUrl, 1)
    try {
      const broken = running.broken.then(reason => Promise.reject(new Error(reason)))
      return await Promise.race([work({ url: running.url, keys, temporal, db }), broken, interrupted])
    } finally {
      await db.end()
    }
  } finally {
    await running.stop()
    said.sum()
  }
}

/** Nothing of the environment but the `temporal` program: what is measured must not be somebody's server. */
async function throwAwayConfig(home: string): Promise<Config> {
  const { LEADLINE_TEMPORAL_CLI } = process.env
  const config = await withTemporalCli(readConfig({ LEADLINE_HOME: home, LEADLINE_TEMPORAL_CLI }))
  const port = (index: number, { key }: WantedPort) => ({ key, port: firstPort + index * 100, given: false })
  const { api, worker, postgres, temporal, temporalUi, smtp } = config.ports
  return {
    ...config,
    ports: {
      api: port(0, api),
      worker: port(5, worker),
      postgres: port(1, postgres),
      temporal: port(2, temporal),
      temporalUi: port(3, temporalUi),
      smtp: port(4, smtp),
    },
  }
}

async function loadDocuments(db: Pool): Promise<void> {
  const read = async (fileName: string) => ({
    document: await readFile(new URL(fileName, import.meta.url), 'utf8'),
    fileName,
    by: 'bench',
    atMs: now(),
  })
  const people = await loadPeople(db, await read('people.yaml'))
  const policy = await loadPolicy(db, { ...(await read('policy.yaml')), reason: 'bench' })
  for (const loaded of [people, policy]) if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
}

/** Rejects when somebody asks for the end, so that what was started is stopped and removed. */
function interruption(): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of signals) process.once(signal, () => reject(new Error(`ended by ${signal}`)))
  })
  // Nobody waits for it while the instance starts.
  interrupted.catch(() => {})
  return interrupted
}

/** What the instance says, once: an overloaded one warns of every lead in the same words. */
function createSaid(): { say: (line: string) => void; sum: () => void } {
  const times = new Map<string, number>()
  return {
    say(line) {
      const words = line.replace(/^\d\d:\d\d:\d\d /, '').replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\S*/g, '…')
      if (!times.has(words)) console.error(words)
      times.set(words, (times.get(words) ?? 0) + 1)
    },
    sum() {
      for (const [words, count] of times) if (count > 1) console.error(`${count} times: ${words}`)
    },
  }
}
