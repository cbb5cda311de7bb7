import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../setup/ports.js'
import { type Leadline, leadlineOfItsOwn, type Started } from './leadline.js'

/** Servers that somebody else runs: an empty database, and a Temporal server without our namespace. */
let leadline: Leadline
let given: Record<string, string>
let dropDatabase: () => Promise<unknown>

beforeAll(async () => {
  leadline = await leadlineOfItsOwn()
  const name = `apart_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = new pg.Client({ connectionString: inject('databaseUrl') })
  await admin.connect()
  await admin.query(`create database ${name}`)
  dropDatabase = async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
  const url = new URL(inject('databaseUrl'))
  url.pathname = name
  given = {
    DATABASE_URL: url.href,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: `apart-${crypto.randomUUID()}`,
    SMTP_URL: `smtp://127.0.0.1:${await freePort()}`,
    LEADLINE_MAIL_FROM: 'sales@example.com',
  }
})
afterAll(async () => {
  await leadline.remove()
  await dropDatabase()
})

describe('the API and workers apart, on given servers', { timeout: 180_000 }, () => {
  let intakeKey: string

  it('are refused until the servers are prepared', async () => {
    const { code, text } = await leadline.run(['api'], given)
    expect(code).toBe(1)
    expect(text).toContain('run `leadline migrate`')
  })

  it('find everything prepared by one command, which shows the keys once', async () => {
    const first = await leadline.run(['migrate', '--sample'], given)
    expect(first.code).toBe(0)
    intakeKey = /ll_intake_\S+/.exec(first.text)?.[0] ?? ''
    expect(intakeKey).not.toBe('')
    const second = await leadline.run(['migrate', '--sample'], given)
    expect(second.code).toBe(0)
    expect(second.text).not.toContain('ll_')
  })

  it('are no place for the demo, whose people and policy would replace those of the company', async () => {
    const { code, text } = await leadline.run(['demo'], given)
    expect(code).toBe(1)
    expect(text.trim()).toContain(
      'The demo brings servers of its own: unset DATABASE_URL, TEMPORAL_* and SMTP_URL',
    )
    const db = new pg.Client({ connectionString: given.DATABASE_URL })
    await db.connect()
    const { rows } = await db.query('select max(version)::int as version from policies')
    await db.end()
    expect(rows).toEqual([{ version: 1 }])
  })

  it.each([
    [
      'nobody listens',
      async () => ({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }),
      'connection refused',
    ],
    [
      'the host has no such name',
      async () => ({ TEMPORAL_ADDRESS: 'temporal.invalid:7233' }),
      'no such host',
    ],
    [
      'one side encrypts and the other does not',
      async () => ({ TEMPORAL_TLS: 'true' }),
      'Check TEMPORAL_TLS',
    ],
  ])('say why Temporal cannot be reached when %s', async (_, wrong, reason) => {
    const { code, text } = await leadline.run(['api'], { ...given, ...(await wrong()) })
    expect(code).toBe(1)
    expect(text).toContain(reason)
  })

  it('refuse to work without a way to send mail', async () => {
    const { code, text } = await leadline.run(['worker'], { ...given, SMTP_URL: '', LEADLINE_MAIL_FROM: '' })
    expect(code).toBe(1)
    expect(text).toContain('SMTP_URL is missing')
  })

  it('get a lead to its owner together, and end cleanly', async () => {
    const api: Started = await leadline.keep(['api'], given, 'The API is ready')
    const worker: Started = await leadline.keep(['worker'], given, 'The worker is ready')
    expect((await fetch(new URL('/readyz', leadline.url))).status).toBe(200)
    const health = /http:\S+\/readyz/.exec(worker.text())?.[0] ?? ''
    expect(await (await fetch(health)).json()).toMatchObject({ ready: true, checks: { worker: 'ok' } })
    const answer = await fetch(new URL('/v1/leads?wait=10', leadline.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${intakeKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        source: 'contact-form',
        email: 'a@apart.example',
        company: 'Apart',
        country: 'GB',
      }),
    })
    expect(await answer.json()).toMatchObject({ status: 'assigned', rule: 'uk' })
    for (const { pid } of [api, worker]) process.kill(pid, 'SIGTERM')
    expect(await Promise.all([api.ended, worker.ended])).toEqual([0, 0])
  })
})
