/** The only reader of the environment. A bad value stops the start; every bad one is named in the same message. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig'
import { z } from 'zod'

/** A port that is wanted: one that a person set is used or refused; a default that is taken gives way to the next. */
export type WantedPort = { key: string; port: number; given: boolean }

export type TemporalConfig =
  | { kind: 'embedded'; cli: string | null }
  | { kind: 'given'; connection: ClientConnectConfig['connectionOptions']; namespace: string }

export type Config = {
  /** The data folder, as a full path. */
  home: string
  host: string
  ports: Record<'api' | 'worker' | 'postgres' | 'temporal' | 'temporalUi' | 'smtp', WantedPort>
  /** Where people reach this instance; null means http://localhost and the API's port. */
  publicUrl: string | null
  database: { kind: 'embedded' } | { kind: 'given'; url: string }
  temporal: TemporalConfig
  /** Where people reach the Temporal UI; null: that of our own server, or nobody knows. */
  temporalUiUrl: string | null
  /** How long Temporal must remember a closed lead. `given`: no longer, either. */
  retention: { days: number; given: boolean }
  /** Without `smtpUrl`, the mail catcher keeps what is sent. */
  mail: { from: string; smtpUrl: string | null }
  logLevel: LogLevel
}

export type Environment = Record<string, string | undefined>

/** Says every setting that is wrong, one a line, with what is allowed. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    const [first = ''] = problems
    const many = `${problems.length} settings are wrong:\n${problems.map(line => `  ${line}`).join('\n')}`
    super(problems.length === 1 ? `A setting is wrong: ${first}` : many)
    this.name = 'ConfigError'
  }
}

const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
export type LogLevel = z.infer<typeof logLevel>

/** Leadline's namespace on a Temporal server: its own, since its retention and search attributes are. */
const defaultNamespace = 'leadline'

const allowed = {
  port: 'a whole number from 1 to 65535',
  url: (schemes: string) => `a URL that begins with ${schemes}`,
  from: 'an address, for example leads@example.com or Sales <leads@example.com>',
  level: logLevel.options.join(', '),
  days: 'a whole number of days from 1 to 3650',
}

/** The relay copies the history of a closed lead long before. */
const retentionDays = 90

const port = z
  .string()
  .regex(/^\d{1,5}$/, allowed.port)
  .transform(Number)
  .refine(number => number >= 1 && number <= 65_535, allowed.port)

const days = z
  .string()
  .regex(/^\d{1,4}$/, allowed.days)
  .transform(Number)
  .refine(number => number >= 1 && number <= 3_650, allowed.days)

const url = (protocol: RegExp, schemes: string) => z.url({ protocol, error: allowed.url(schemes) })

const address = /^(?:[^<>\r\n]{0,100}<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/

const settings = z.object({
  LEADLINE_HOME: z.string().default('.leadline'),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:-]+$/, 'an address or a host name')
    .default('127.0.0.1'),
  PORT: port.optional(),
  LEADLINE_WORKER_PORT: port.optional(),
  LEADLINE_POSTGRES_PORT: port.optional(),
  LEADLINE_TEMPORAL_PORT: port.optional(),
  LEADLINE_TEMPORAL_UI_PORT: port.optional(),
  LEADLINE_SMTP_PORT: port.optional(),
  LEADLINE_PUBLIC_URL: url(/^https?$/, 'http:// or https://').optional(),
  LEADLINE_TEMPORAL_UI_URL: url(/^https?$/, 'http:// or https://').optional(),
  LEADLINE_RETENTION_DAYS: days.optional(),
  LEADLINE_TEMPORAL_CLI: z.string().refine(existsSync, 'the path of the `temporal` program').optional(),
  LEADLINE_MAIL_FROM: z.string().regex(address, allowed.from).optional(),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://').optional(),
  SMTP_URL: url(/^smtps?$/, 'smtp:// or smtps://').optional(),
  LOG_LEVEL: logLevel.default('info'),
})
type Settings = z.infer<typeof settings>

/**
 * Reads the settings; an empty value counts as not set.
 * @param env default: this process's environment
 * @throws ConfigError
 */
export function readConfig(env: Environment = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  )
  const parsed = settings.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map(issue => problemOf(issue, given))
  const temporal = readTemporal(given, problems)
  if (given.SMTP_URL !== undefined && given.LEADLINE_MAIL_FROM === undefined) {
    problems.push(`LEADLINE_MAIL_FROM is missing: with SMTP_URL, the address that mail comes from is needed`)
  }
  if (!parsed.success || temporal === null || problems.length > 0) throw new ConfigError(problems)
  return configOf(parsed.data, temporal)
}

function configOf(set: Settings, temporal: TemporalConfig): Config {
  const wanted = (key: keyof Settings, port: number | undefined, otherwise: number): WantedPort => ({
    key,
    port: port ?? otherwise,
    given: port !== undefined,
  })
  return {
    home: resolve(set.LEADLINE_HOME),
    host: set.HOST,
    ports: {
      api: wanted('PORT', set.PORT, 4000),
      worker: wanted('LEADLINE_WORKER_PORT', set.LEADLINE_WORKER_PORT, 4300),
      postgres: wanted('LEADLINE_POSTGRES_PORT', set.LEADLINE_POSTGRES_PORT, 4100),
      temporal: wanted('LEADLINE_TEMPORAL_PORT', set.LEADLINE_TEMPORAL_PORT, 7233),
      temporalUi: wanted('LEADLINE_TEMPORAL_UI_PORT', set.LEADLINE_TEMPORAL_UI_PORT, 8233),
      smtp: wanted('LEADLINE_SMTP_PORT', set.LEADLINE_SMTP_PORT, 2525),
    },
    publicUrl: withoutSlash(set.LEADLINE_PUBLIC_URL),
    database:
      set.DATABASE_URL === undefined ? { kind: 'embedded' } : { kind: 'given', url: set.DATABASE_URL },
    temporal:
      temporal.kind === 'embedded' ? { ...temporal, cli: set.LEADLINE_TEMPORAL_CLI ?? null } : temporal,
    temporalUiUrl: withoutSlash(set.LEADLINE_TEMPORAL_UI_URL),
    retention: {
      days: set.LEADLINE_RETENTION_DAYS ?? retentionDays,
      given: set.LEADLINE_RETENTION_DAYS !== undefined,
    },
    mail: { from: set.LEADLINE_MAIL_FROM ?? 'Leadline <leadline@localhost>', smtpUrl: set.SMTP_URL ?? null },
    logLevel: set.LOG_LEVEL,
  }
}

function withoutSlash(address: string | undefined): string | null {
  return address?.replace(/\/+$/, '') ?? null
}

/**
 * Temporal's own settings and profiles (TEMPORAL_*, with TLS and API key), as its other tools read them. A profile
 * file alone does not count: whoever has one for the `temporal` tool has not asked for it here.
 */
function readTemporal(env: Record<string, string>, problems: string[]): TemporalConfig | null {
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = env
  if (
    TEMPORAL_ADDRESS === undefined &&
    TEMPORAL_PROFILE === undefined &&
    TEMPORAL_CONFIG_FILE === undefined
  ) {
    return { kind: 'embedded', cli: null }
  }
  if (TEMPORAL_CONFIG_FILE !== undefined && !existsSync(TEMPORAL_CONFIG_FILE)) {
    problems.push(`TEMPORAL_CONFIG_FILE: there is no file ${JSON.stringify(TEMPORAL_CONFIG_FILE)}`)
    return null
  }
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: env })
    if (connectionOptions.address !== undefined) {
      return { kind: 'given', connection: connectionOptions, namespace: namespace ?? defaultNamespace }
    }
    problems.push('TEMPORAL_ADDRESS is missing: neither the environment nor the profile names a server')
  } catch (error) {
    problems.push(`TEMPORAL_*: ${error instanceof Error ? error.message : String(error)}`)
  }
  return null
}

/** A value that may be a secret (a URL with a password) is not repeated. */
function problemOf(issue: z.core.$ZodIssue, env: Record<string, string>): string {
  const key = issue.path.join('.')
  const value = env[key] ?? ''
  const shown = key.endsWith('URL') ? 'its value' : JSON.stringify(value)
  const wanted = issue.code === 'invalid_value' ? `one of ${allowed.level}` : issue.message
  return `${key}: ${shown} is not allowed; expected ${wanted}`
}

/** The release, for `--version`. */
export function version(): string {
  const file = new URL('./package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
