/** One log: JSON lines in the data folder for machines, short lines on the terminal for people. Ids and codes only. */
import { join } from 'node:path'
import { DefaultLogger, type LogMetadata, makeTelemetryFilterString, Runtime } from '@temporalio/worker'
import pino from 'pino'
import { z } from 'zod'
import type { LogLevel } from '../config.js'

export type Log = pino.Logger

/**
 * @param file null writes the JSON lines to standard output, for processes that run apart under something that collects
 *   them; otherwise what is a warning or worse is also said on the terminal, in one line
 */
export function openLog(level: LogLevel, file: string | null, say: (line: string) => void): Log {
  const options = { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }
  if (file === null) return pino(options)
  const toFile = pino.destination({ dest: file, append: true, mode: 0o600, sync: true })
  const toTerminal = { write: (line: string) => say(forPeople(line)) }
  return pino(
    options,
    pino.multistream([
      { level: level === 'silent' ? 'fatal' : level, stream: toFile },
      { level: 'warn', stream: toTerminal },
    ]),
  )
}

export function logFileOf(home: string): string {
  return join(home, 'leadline.log')
}

/**
 * Sends what the Temporal SDK, workflows and activities log into ours. Once per process, before anything of the SDK is
 * used. Signals are handled by whoever started us: the worker must not stop before the API does.
 */
export function installRuntime(log: Log, level: LogLevel): void {
  const logger = new DefaultLogger(
    level === 'trace' ? 'TRACE' : level === 'debug' ? 'DEBUG' : 'INFO',
    entry => {
      const about = { sdk: true, ...plain(entry.meta) }
      if (entry.level === 'ERROR') log.error(about, entry.message)
      else if (entry.level === 'WARN') log.warn(about, entry.message)
      else log.debug(about, entry.message)
    },
  )
  Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
  })
}

/** An error is logged by its names: its text may be a driver's, with a value in it. */
function plain(meta: LogMetadata | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta ?? {}).map(([key, value]) => [key, value instanceof Error ? namesOf(value) : value]),
  )
}

/** The names and codes of an error and of its causes, without their messages. */
export function namesOf(error: unknown): string {
  const names: string[] = []
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const type = 'type' in at && typeof at.type === 'string' ? at.type : null
    const code = 'code' in at && (typeof at.code === 'string' || typeof at.code === 'number') ? at.code : null
    names.push([at.name, type, code].filter(part => part !== null).join('/'))
  }
  return names.join(' < ') || 'unknown error'
}

const line = z.object({ msg: z.string(), time: z.string() })

function forPeople(json: string): string {
  const { msg, time } = line.parse(JSON.parse(json))
  return `${time.slice(11, 19)} ${msg}`
}
