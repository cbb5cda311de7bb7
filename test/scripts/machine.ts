import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Place } from '../../scripts/setup.mjs'

export type Machine = {
  place: Place
  /** What set-up said. */
  said: string[]
  /** Puts a program on the machine's PATH: a shell script that has these lines. */
  program(name: string, ...lines: string[]): string
  /** The same anywhere else. */
  programAt(path: string, ...lines: string[]): void
}

/** A name that resolves nowhere, as fetch says it. */
export const unreachable: typeof globalThis.fetch = () =>
  Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') }))

/** A machine with nothing on it but a shell: real folders, real processes, its own PATH and cache. */
export function emptyMachine(settings: Record<string, string> = {}): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'leadline-machine-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const said: string[] = []
  const programAt = (path: string, ...lines: string[]) => {
    writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
    chmodSync(path, 0o755)
  }
  return {
    place: {
      root: join(folder, 'project'),
      env: { PATH: bin, HOME: folder, ...settings },
      cache: join(folder, 'cache'),
      machine: { platform: 'linux', arch: 'x64', isRoot: false },
      fetch: unreachable,
      progress: { note: line => said.push(line), step: (_title, work) => work() },
    },
    said,
    program(name, ...lines) {
      programAt(join(bin, name), ...lines)
      return join(bin, name)
    },
    programAt,
  }
}
