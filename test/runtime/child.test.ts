import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Child, keepChild } from '../../worker/embedded/child.js'
import { endProcesses, findProcesses } from '../../worker/embedded/processes.js'
import { sleep, sleeperIn, sleeperPid } from './sleeper.js'

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

const pid = () => sleeperPid(folder)

describe('a server beside us', () => {
  it('ends when the process that started it is killed', async () => {
    const script = fileURLToPath(new URL('./keep-sleeper.ts', import.meta.url))
    const keeper = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: 'ignore' })
    await vi.waitFor(async () => expect(await pid()).not.toBeNull(), 20_000)
    const ended = new Promise(resolve => keeper.once('exit', resolve))
    keeper.kill('SIGKILL')
    await ended
    await vi.waitFor(async () => expect(await pid()).toBeNull(), 10_000)
  })

  it('is started again when it dies', async () => {
    child = await keepChild(sleeperIn(folder, sleep), log, () => {})
    const first = await pid()
    expect(first).not.toBeNull()
    await endProcesses([first ?? 0], [{ signal: 'SIGKILL', seconds: 5 }])
    await vi.waitFor(() => expect(child?.isUp()).toBe(false))
    await vi.waitFor(() => expect(child?.isUp()).toBe(true), 10_000)
    expect(await pid()).not.toBe(first)
  })

  it('is ended by force when it does not listen', async () => {
    child = await keepChild(sleeperIn(folder, `trap '' TERM; ${sleep}`), log, () => {})
    await child.stop()
    expect(await pid()).toBeNull()
  })

  it('is not started again once it was stopped', async () => {
    child = await keepChild(sleeperIn(folder, sleep), log, () => {})
    await child.stop()
    expect(child.isUp()).toBe(false)
    expect(await findProcesses(command => command.includes('sleeper') && command.includes(folder))).toEqual(
      [],
    )
  })

  it('says its own last words when it cannot start', async () => {
    const start = keepChild(sleeperIn(folder, 'echo "the disk is full" >&2; exit 1'), log, () => {})
    await expect(start).rejects.toThrow('Sleeper does not start: the disk is full')
  })

  it('is one line when there is no such program', async () => {
    const start = keepChild({ ...sleeperIn(folder, ''), program: '/no/such/program' }, log, () => {})
    await expect(start).rejects.toThrow('/no/such/program cannot be run (ENOENT)')
  })
})
