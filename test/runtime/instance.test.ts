import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holderOf, holdFolder, readRuntime } from '../../worker/embedded/instance.js'

const about = {
  url: 'http://localhost:4000',
  databaseUrl: 'postgres://localhost/leads',
  temporal: null,
  smtpUrl: null,
}

let home: string
let children: ChildProcess[]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'leadline-instance-'))
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

/** What another process says when it tries to hold the folder. */
function holdElsewhere(): Promise<string> {
  const script = fileURLToPath(new URL('./hold-folder.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return new Promise(resolve => child.stdout.once('data', chunk => resolve(String(chunk).trim())))
}

describe('a data folder', () => {
  it('is refused to a second instance, which is told of the first', async () => {
    const hold = await holdFolder(home)
    await hold.publish(about)
    const answer = await holdElsewhere()
    expect(answer).toContain(`process ${process.pid}`)
    expect(answer).toContain(about.url)
    expect(answer).toContain('leadline stop')
    await hold.release()
  })

  it('is free again once it was released', async () => {
    const hold = await holdFolder(home)
    await hold.publish(about)
    await hold.release()
    expect(await holderOf(home)).toBeNull()
    expect(await readRuntime(home)).toBeNull()
    expect(await holdElsewhere()).toBe('held')
  })

  it('is taken over from an instance that was killed', async () => {
    expect(await holdElsewhere()).toBe('held')
    const killed = await holderOf(home)
    expect(killed?.pid).toBe(children[0]?.pid)
    const ended = new Promise(resolve => children[0]?.once('exit', resolve))
    children[0]?.kill('SIGKILL')
    await ended
    const hold = await holdFolder(home)
    expect((await holderOf(home))?.pid).toBe(process.pid)
    await hold.release()
  })

  it('is taken over when another program has the number of the killed instance', async () => {
    await writeFile(
      join(home, 'instance.lock'),
      JSON.stringify({ pid: process.pid, start: 'long before', host: hostname() }),
    )
    const hold = await holdFolder(home)
    expect((await holderOf(home))?.start).not.toBe('long before')
    await hold.release()
  })

  it('goes to one of those who find a dead lock at the same moment', async () => {
    const dead = { pid: process.pid, start: 'long before', host: hostname() }
    await writeFile(join(home, 'instance.lock'), JSON.stringify(dead))
    const answers = await Promise.all([holdElsewhere(), holdElsewhere(), holdElsewhere()])
    expect(answers.filter(answer => answer === 'held')).toHaveLength(1)
    expect((await readdir(home)).filter(name => name.includes('aside'))).toEqual([])
  })

  it('belongs to another machine for as long as that one touches its lock', async () => {
    const lock = join(home, 'instance.lock')
    await writeFile(lock, JSON.stringify({ pid: 1, start: 'there', host: 'elsewhere' }))
    await expect(holdFolder(home)).rejects.toThrow('process 1 on elsewhere')
    const longAgo = new Date((await stat(lock)).mtimeMs - 60_000)
    await utimes(lock, longAgo, longAgo)
    const hold = await holdFolder(home)
    await hold.release()
  })

  it('keeps what it knows of passwords from other users', async () => {
    const hold = await holdFolder(home)
    await hold.publish(about)
    expect((await stat(join(home, 'runtime.json'))).mode & 0o077).toBe(0)
    expect(await readRuntime(home)).toMatchObject(about)
    await hold.release()
  })

  it('cannot be a file, and says so in one line', async () => {
    const file = join(home, 'file')
    await writeFile(file, '')
    await expect(holdFolder(file)).rejects.toThrow(/^The data folder .* cannot be written/)
  })
})
