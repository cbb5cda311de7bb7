import { chmod, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, sql } from '../../db/sql.js'
import { holdFolder } from '../../worker/embedded/instance.js'
import { endOrphans, startPostgres } from '../../worker/embedded/postgres.js'
import { endProcesses, findProcesses } from '../../worker/embedded/processes.js'
import { freePort } from '../setup/ports.js'

const log = pino({ level: 'silent' })
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadline-postgres-'))
  await chmod(folder, 0o755)
})
afterEach(async () => {
  await endOrphans(join(folder, 'postgres'))
  await rm(folder, { recursive: true, force: true })
})

async function start(home: string) {
  const port = await freePort()
  const server = await startPostgres(
    home,
    { key: 'LEADLINE_POSTGRES_PORT', port, given: true },
    log,
    () => {},
  )
  return { server, db: connect(server.url, 1) }
}

describe('the embedded Postgres', { timeout: 120_000 }, () => {
  it('keeps what was committed over kill -9, even when a stranger has got its number since', async () => {
    const first = await start(folder)
    await first.db.query(sql`create table promises (what text)`)
    await first.db.query(sql`insert into promises values ('kept')`)
    await first.db.end()
    const servers = await findProcesses(command => command.includes(join(folder, 'postgres')))
    const pidFile = join(folder, 'postgres', 'postmaster.pid')
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n')
    // Told to stop first, so that it is not started again; killed before it can.
    const stopped = first.server.stop()
    await endProcesses(servers, [{ signal: 'SIGKILL', seconds: 5 }])
    await stopped
    await writeFile(pidFile, [String(process.pid), ...rest].join('\n'))
    const second = await start(folder)
    const { rows } = await second.db.query(sql`select what, current_setting('fsync') as fsync from promises`)
    expect(rows).toEqual([{ what: 'kept', fsync: 'on' }])
    await second.db.end()
    await second.server.stop()
  })

  it('lets nobody in without the password, and listens on loopback alone', async () => {
    const { server, db } = await start(folder)
    const url = new URL(server.url)
    url.password = 'guess'
    const stranger = connect(url.href, 1)
    await expect(stranger.query(sql`select 1`)).rejects.toThrow('password authentication failed')
    await stranger.end()
    const { rows } = await db.query(sql`select current_setting('listen_addresses') as addresses`)
    expect(rows).toEqual([{ addresses: '127.0.0.1' }])
    await db.end()
    await server.stop()
  })

  it('is known by one path, by whichever the folder is reached', async () => {
    const link = join(folder, 'link')
    await symlink(folder, link)
    const hold = await holdFolder(link)
    expect(hold.home).toBe(await realpath(folder))
    await hold.release()
  })
})
