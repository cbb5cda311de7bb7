import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Child, type ChildSpec, keepChild } from '../../worker/embedded/child.js'
import { endProcesses, findProcesses, startOf } from '../../worker/embedded/processes.js'

const log = pino({ level: 'silent' })
let folder: string
let child: Child | null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadline-child-'))
  child = null
})
afterEach(async () => {
  await child?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A server that writes its pid to a file, and so counts as answering. */
function specOf(script: string): ChildSpec {
  return {
    name: 'Sleeper',
    program: '/bin/sh',
    args: ['-c', script, 'sleeper', folder],
    env: { PATH: '/usr/bin:/bin' },
    user: null,
    logFile: join(folder, 'log'),
    endings: [
      { signal: 'SIGTERM', seconds: 0.3 },
      { signal: 'SIGKILL', seconds: 5 },
    ],
    patienceSeconds: 5,
    answers: async () => (await pid()) !== null,
  }
}

const sleeper = 'echo $$ > "$1/pid"; while true; do sleep 0.1; done'

async function pid(): Promise<number | null> {
  const text = await readFile(join(folder, 'pid'), 'utf8').catch(() => '')
  const found = Number(text.trim())
  return text.trim() !== '' && (await startOf(found)) !== null ? found : null
}

describe('a server beside us', () => {
  it('is started again when it dies', async () => {
    child = await keepChild(specOf(sleeper), log, () => {})
    const first = await pid()
    expect(first).not.toBeNull()
    await endProcesses([first ?? 0], [{ signal: 'SIGKILL', seconds: 5 }])
    await vi.waitFor(() => expect(child?.isUp()).toBe(false))
    await vi.waitFor(() => expect(child?.isUp()).toBe(true), 10_000)
    expect(await pid()).not.toBe(first)
  })

  it('is ended by force when it does not listen', async () => {
    child = await keepChild(specOf(`trap '' TERM; ${sleeper}`), log, () => {})
    await child.stop()
    expect(await pid()).toBeNull()
  })

  it('is not started again once it was stopped', async () => {
    child = await keepChild(specOf(sleeper), log, () => {})
    await child.stop()
    expect(child.isUp()).toBe(false)
    expect(await findProcesses(command => command.includes('sleeper') && command.includes(folder))).toEqual(
      [],
    )
  })

  it('says its own last words when it cannot start', async () => {
    const start = keepChild(specOf('echo "the disk is full" >&2; exit 1'), log, () => {})
    await expect(start).rejects.toThrow('Sleeper does not start: the disk is full')
  })

  it('is one line when there is no such program', async () => {
    const start = keepChild({ ...specOf(''), program: '/no/such/program' }, log, () => {})
    await expect(start).rejects.toThrow('/no/such/program cannot be run (ENOENT)')
  })
})
