import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { delimiter, join } from 'node:path'
import { WayFailed } from './failures.mjs'

/** Enough of a tool's output to find its last word in; the rest is dropped from the front. */
const keptCharacters = 20_000

/**
 * The full path of a program on a PATH, or null.
 * @param {string} name
 * @param {string | undefined} path the value of PATH
 * @returns {Promise<string | null>}
 */
export async function onPath(name, path) {
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder === '') continue
    const file = join(folder, name)
    if (await isExecutable(file)) return file
  }
  return null
}

/** @param {string} file */
export async function isExecutable(file) {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}

/**
 * Runs a program to its end and answers what it printed (both streams).
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string, timeoutSeconds: number }} options
 * @returns {Promise<string>}
 * @throws {WayFailed} when it cannot be started, fails, or takes longer; the message ends with its last line
 */
export function run(program, args, { env, cwd, timeoutSeconds }) {
  return new Promise((resolve, reject) => {
    let output = ''
    /** @param {Buffer} chunk */
    const keep = chunk => {
      output = (output + chunk.toString()).slice(-keptCharacters)
    }
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000)
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', error => {
      clearTimeout(timer)
      reject(new WayFailed(`${program} cannot be started (${error.message})`, output))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(output)
      else
        reject(new WayFailed(`${program} ${ending(code, signal, timeoutSeconds)}${lastWord(output)}`, output))
    })
  })
}

/**
 * Runs a program with this process's own input and output, and hands signals on to it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string }} options
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it, as a shell says it
 */
export function runInForeground(program, args, { env, cwd }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: 'inherit' })
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) {
      process.on(signal, () => {
        // Ctrl-C on a terminal reaches the child without us; a second SIGINT would look like a person's impatience.
        if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal)
      })
    }
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : osConstants.signals[signal])),
    )
  })
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @param {number} timeoutSeconds
 */
function ending(code, signal, timeoutSeconds) {
  if (code !== null) return `ended with code ${code}`
  return signal === 'SIGKILL' ? `was stopped after ${timeoutSeconds} s` : `was ended by ${signal}`
}

/** @param {string} output */
function lastWord(output) {
  const lines = output.split('\n').map(line => line.trim())
  const last = lines.findLast(line => line !== '')
  return last === undefined ? '' : `: ${last.slice(0, 300)}`
}
