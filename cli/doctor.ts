import { access, constants } from 'node:fs/promises'
import { Command } from 'commander'
import { type Config, readConfig } from '../config.js'
import { CannotStart } from '../worker/cannot-start.js'
import { now } from '../worker/clock.js'
import { holderOf, readRuntime } from '../worker/embedded/instance.js'
import { postgresPrograms } from '../worker/embedded/postgres-place.js'
import { missingIn } from '../worker/namespace.js'
import { databaseIsMigrated, NotReady, policyIsLoaded } from '../worker/ready.js'
import { announcement } from './announcement.js'
import { keptKeys } from './first-keys.js'
import { type OpenInstance, openInstance } from './open.js'
import { findTemporalCli } from './temporal-cli.js'

/** What a check found, and what to do where it is not as it should be. */
type Finding = { ok: boolean; what: string; found: string; remedy: string }

/** `leadline doctor`: what is installed, what runs and what is missing; then what a start prints. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check what is installed, reachable and prepared, and say how to get in')
    .action(async () => {
      const config = readConfig()
      const { findings, howToGetIn } = await examine(config)
      for (const { ok, what, found, remedy } of findings) {
        console.log(`${ok ? 'ok    ' : 'not ok'} ${what}: ${found}${ok ? '' : `. ${remedy}`}`)
      }
      for (const line of howToGetIn) console.log(line)
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1
    })
}

type Examined = { findings: Finding[]; howToGetIn: string[] }

async function examine(config: Config): Promise<Examined> {
  const findings = await installed(config)
  const { findings: more, howToGetIn } = await running(config)
  return { findings: [...findings, ...more], howToGetIn }
}

async function installed(config: Config): Promise<Finding[]> {
  const findings = [
    await finding('Node.js', 'Install Node.js 20.19 or later', async () => process.version),
    await finding('data folder', 'Set LEADLINE_HOME to a folder that you may write to', async () => {
      const isThere = await access(config.home, constants.W_OK).then(
        () => true,
        (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? false : Promise.reject(error)),
      )
      return isThere ? config.home : `${config.home} (made by the first start)`
    }),
  ]
  if (config.database.kind === 'embedded') {
    findings.push(
      await finding('Postgres programs', 'Run npm ci, or set DATABASE_URL', async () => {
        const { postgres } = await postgresPrograms()
        await access(postgres, constants.X_OK)
        return postgres
      }),
    )
  }
  if (config.temporal.kind === 'embedded') {
    findings.push(
      await finding('Temporal program', 'npm start fetches it, or set TEMPORAL_ADDRESS', async () => {
        const cli = config.temporal.kind === 'embedded' ? config.temporal.cli : null
        return cli ?? (await findTemporalCli()) ?? Promise.reject(new NotReady('not found'))
      }),
    )
  }
  return findings
}

async function running(config: Config): Promise<Examined> {
  const isOurs = config.database.kind === 'embedded' || config.temporal.kind === 'embedded'
  const findings = isOurs
    ? [await finding('instance', 'Start it with npm start', () => instanceOn(config))]
    : []
  if (findings.some(({ ok }) => !ok)) return { findings, howToGetIn: [] }
  let opened: OpenInstance
  try {
    opened = await openInstance(config)
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error
    findings.push({ ok: false, what: 'Postgres', found: error.message, remedy: 'Start it first' })
    return { findings, howToGetIn: [] }
  }
  try {
    findings.push(...(await prepared(opened)))
    return { findings, howToGetIn: await howToGetIn(opened) }
  } finally {
    await opened.close()
  }
}

async function instanceOn({ home }: Config): Promise<string> {
  const runtime = await readRuntime(home)
  if (runtime !== null) return `process ${runtime.pid} at ${runtime.url}`
  const holder = await holderOf(home)
  throw new NotReady(holder === null ? `none runs on ${home}` : `process ${holder.pid} is not ready yet`)
}

async function prepared({ db, temporal, servers, config }: OpenInstance): Promise<Finding[]> {
  const { namespace } = servers.temporal
  const findings = [
    await finding('Postgres', 'Check DATABASE_URL', async () => 'answers'),
    await finding('database', 'Run leadline migrate', async () => {
      await databaseIsMigrated(db)
      return 'migrated'
    }),
    await finding('Temporal namespace', 'Run leadline migrate', async () => {
      const missing = await missingIn(temporal.connection, namespace, config.retention)
      if (missing.length > 0) throw new NotReady(`${namespace} lacks ${missing.join(', ')}`)
      return `${namespace}, complete`
    }),
    await finding('policy', 'Run leadline policy load FILE', async () => {
      await policyIsLoaded(db)
      return 'loaded'
    }),
  ]
  const { url } = servers
  if (url !== null)
    findings.push(
      await finding('API and worker', 'The log in the data folder says more', () => askReady(url)),
    )
  return findings
}

async function askReady(url: string): Promise<string> {
  const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new NotReady(`${url}/readyz answers ${response.status}: ${await response.text()}`)
  return 'ready'
}

/** Only where Leadline knows the keys: of given servers they were shown once. */
async function howToGetIn({ config, db }: OpenInstance): Promise<string[]> {
  const runtime = await readRuntime(config.home)
  if (runtime === null) return []
  const keys = (await keptKeys(config, db)) ?? {}
  const about = {
    url: runtime.url,
    keys,
    keysFile: `${config.home}/keys.json`,
    uiUrl: runtime.temporal?.uiUrl ?? config.temporalUiUrl,
    mailIsCaught: runtime.smtpUrl !== null,
  }
  return announcement(about, db, now())
}

async function finding(what: string, remedy: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { ok: true, what, found: await check(), remedy }
  } catch (error) {
    const isOurWord = error instanceof NotReady || error instanceof CannotStart
    return { ok: false, what, found: isOurWord ? error.message : 'not reachable', remedy }
  }
}
