/**
 * `npm run demo`: sixty leads through every way in, under a policy whose clocks are seconds, and people who act. Longer
 * than most files, since every act of a person is written out as the request that it is.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { stringify } from 'csv-stringify/sync'
import { z } from 'zod'
import { type Config, readConfig } from '../config.js'
import { mintKey, role } from '../db/access.js'
import { loadPeople } from '../db/people.js'
import { loadPolicy } from '../db/policies.js'
import { execute, type Pool, row, rowOrNull, sql } from '../db/sql.js'
import { instant } from '../domain/ids.js'
import { CannotStart } from '../worker/cannot-start.js'
import { startAll } from '../worker/main.js'
import { type DemoRun, eventsOf, keepPromise, reportDemo } from './demo-report.js'
import { type Act, type Body, flat, type Sent, submissionsOf } from './demo-stories.js'
import { importToInstance } from './import.js'
import { withTemporalCli } from './start.js'

/** What the demo waits for at most: several times the longest chain of clocks in policies/demo.yaml. */
const patienceMs = 120_000

/** The demo's people and the roles that they act in. */
const actors = {
  ada: 'rep',
  bo: 'rep',
  cy: 'rep',
  dee: 'rep',
  eli: 'rep',
  fay: 'rep',
  gus: 'rep',
  mia: 'manager',
  oz: 'operations',
} as const
const sender = 'demo'

type Stage = DemoRun & { url: string; keys: Map<string, string> }

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'send sixty leads through every way in and show what becomes of them; run it again after a break',
    )
    .action(async () => {
      const given = readConfig()
      refuseServersOfOthers(given)
      const own = await withTemporalCli(given)
      const config = { ...own, home: join(own.home, 'demo') }
      await mkdir(config.home, { recursive: true })
      const running = await startAll(config, console.log, loadDemo)
      const again = `LEADLINE_HOME=${config.home}`
      try {
        const run = await currentRun(config.home)
        console.log(`Demo ${run} on ${running.url}; Temporal UI: ${running.uiUrl ?? 'as configured'}`)
        const stage = { db: running.db, url: running.url, run, keys: await mintKeys(running.db), config }
        const missing = await play(stage)
        if (missing.length > 0) {
          console.error(`The demo is not whole: ${missing.join(', ')}`)
          process.exitCode = 1
        } else await rm(join(config.home, 'demo-run'))
      } finally {
        await running.stop()
        console.log(
          `To look at it again: ${again} npm start, and then ${again} npm run leadline -- verify --all`,
        )
      }
    })
}

/** Its people replace everybody, its policy the one in force, and its letters would really be sent. */
function refuseServersOfOthers({ database, temporal, mail }: Config): void {
  if (database.kind === 'embedded' && temporal.kind === 'embedded' && mail.smtpUrl === null) return
  throw new CannotStart('The demo brings servers of its own: unset DATABASE_URL, TEMPORAL_* and SMTP_URL.')
}

async function loadDemo(db: Pool): Promise<void> {
  const atMs = instant(Date.now())
  const read = (fileName: string) => readFile(new URL(`../policies/${fileName}`, import.meta.url), 'utf8')
  const people = await loadPeople(db, {
    document: await read('demo-people.yaml'),
    fileName: 'demo-people.yaml',
    by: 'demo',
    atMs,
  })
  const policy = await loadPolicy(db, {
    document: await read('demo.yaml'),
    fileName: 'demo.yaml',
    by: 'demo',
    reason: 'demo',
    atMs,
  })
  if (!people.ok || !policy.ok) throw new Error('the demo documents do not fit together')
  await execute(
    db,
    sql`insert into crm_accounts (id, name, domain, country, customer, owner)
        values ('customer', 'Customer', 'customer.example', 'GB', true, 'fay') on conflict (id) do nothing`,
  )
}

/** A run that was broken off goes on under its name: every key in it is derived from that. */
async function currentRun(home: string): Promise<string> {
  const file = join(home, 'demo-run')
  const known = await readFile(file, 'utf8').catch(() => null)
  if (known !== null) return known
  const run = randomBytes(4).toString('hex')
  await writeFile(file, run)
  return run
}

/** Nobody keeps them: those of an earlier run end here. */
async function mintKeys(db: Pool): Promise<Map<string, string>> {
  const names = [...Object.keys(actors), sender]
  await execute(
    db,
    sql`update api_keys set revoked_at = now() where name = any(${names}) and revoked_at is null`,
  )
  const keys = new Map<string, string>()
  for (const [rep, as] of Object.entries(actors)) {
    keys.set(rep, await mintKey(db, { name: rep, role: role.parse(as), rep }))
  }
  keys.set(sender, await mintKey(db, { name: sender, role: 'intake', rep: null }))
  return keys
}

/** Gives what is missing from a whole demo. */
async function play(stage: Stage): Promise<string[]> {
  const submissions = submissionsOf(stage.run)
  const rowsToSend = submissions.filter(({ story }) => story.way === 'csv')
  await importRows(stage, rowsToSend)
  for (const { key } of rowsToSend) await keepPromise(stage, key)
  const acting: Promise<string | null>[] = []
  for (const sent of submissions) {
    const lead = await submit(stage, sent)
    await keepPromise(stage, sent.key)
    // Caught at once: others are still being sent when somebody's act fails.
    if (sent.act) acting.push(actOut(stage, sent, lead).then(() => null, String))
  }
  const failures = (await Promise.all(acting)).filter(failure => failure !== null)
  await until('every lead to be settled', async () => ((await unsettled(stage.db)) === 0 ? true : null))
  return [...failures, ...(await reportDemo(stage))]
}

async function submit(stage: Stage, { key, story, body }: Sent): Promise<string> {
  if (story.way === 'form' && (await leadOf(stage.db, body.email)) === null) await postForm(stage, body)
  if (story.way === 'api') {
    const answer = await post(stage, sender, '/v1/leads?wait=2', body, key)
    return z.object({ leadId: z.string() }).parse(answer.body).leadId
  }
  return until(`the lead of ${key}`, () => leadOf(stage.db, body.email))
}

/** As a browser does: reads the page and sends its hidden fields back. */
async function postForm({ url }: Stage, body: Body): Promise<void> {
  const page = await (await fetch(`${url}/f/${body.source}`)).text()
  const fields = new URLSearchParams()
  for (const [input] of page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields.set(/name="([^"]*)"/.exec(input)?.[1] ?? '', /value="([^"]*)"/.exec(input)?.[1] ?? '')
  }
  for (const [name, value] of Object.entries(flat(body))) {
    // A box that is not ticked is not sent.
    if (name !== 'source' && !(name === 'consent' && value === 'false')) fields.set(name, value)
  }
  const answer = await fetch(`${url}/f/${body.source}`, {
    method: 'POST',
    body: fields,
    headers: { Origin: url },
  })
  if (!answer.ok) throw new Error(`the form answered ${answer.status}`)
}

async function importRows({ config }: Stage, rowsToSend: readonly Sent[]): Promise<void> {
  const file = join(config.home, 'demo.csv')
  const table = rowsToSend.map(({ body }) => flat(body))
  const columns = [...new Set(table.flatMap(Object.keys))]
  await writeFile(file, stringify(table, { header: true, columns }))
  await importToInstance(file, 'csv', config)
}

async function actOut(stage: Stage, { key, story }: Sent, lead: string): Promise<void> {
  for (const [index, act] of story.acts.entries()) await perform(stage, lead, act, `${key}-${index}`)
}

async function perform(stage: Stage, lead: string, act: Act, key: string): Promise<void> {
  const { db } = stage
  const path = `/v1/leads/${lead}`
  switch (act.do) {
    case 'acknowledge':
      await post(stage, await ownerOf(db, lead), `${path}/acknowledge`, {}, key)
      return
    case 'touch':
      await post(stage, await ownerOf(db, lead), `${path}/touches`, { kind: 'call' }, key)
      return
    case 'convert':
      await post(stage, await ownerOf(db, lead), `${path}/close`, { outcome: 'converted' }, key)
      return
    case 'decideReview': {
      const review = await until(`a review of ${key}`, () =>
        idOf(db, sql`select id::text from reviews where lead_id = ${lead} order by opened_at limit 1`),
      )
      await post(stage, act.by, `/v1/reviews/${review}/decision`, act.decision, key)
      return
    }
    case 'askReassignment':
      await post(stage, await ownerOf(db, lead), `${path}/reassignment-requests`, { reason: act.reason }, key)
      return
    case 'decideReassignment': {
      const request = await until(`a request of ${key}`, () =>
        idOf(
          db,
          sql`select id from reassignment_requests where lead_id = ${lead} order by requested_at limit 1`,
        ),
      )
      await post(stage, 'mia', `/v1/reassignment-requests/${request}/decision`, { approve: act.approve }, key)
      return
    }
    case 'handOff': {
      const offer = {
        to: act.to,
        fields: { budget: '10k', need: 'soon' },
        notes: 'They want to start in June.',
      }
      await post(stage, await ownerOf(db, lead), `${path}/handoff`, offer, `${key}-offer`)
      await post(
        stage,
        act.to,
        `${path}/handoff/answer`,
        { accept: act.accept, ...(act.accept ? {} : { reason: 'too-small' }) },
        `${key}-answer`,
      )
      return
    }
    case 'wait':
      await until(act.for, async () =>
        (await eventsOf(db, lead)).some(event => event.endsWith(act.for)) ? true : null,
      )
  }
}

/** A conflict is no failure here: after a break, much of what people did has been done already. */
async function post(
  stage: Stage,
  as: string,
  path: string,
  body: object,
  key: string,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${stage.url}${path}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${stage.keys.get(as) ?? ''}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  })
  const json: unknown = await answer.json()
  if (!answer.ok && ![403, 404, 409].includes(answer.status)) {
    throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(json).slice(0, 300)}`)
  }
  return { status: answer.status, body: json }
}

async function leadOf(db: Pool, email: string): Promise<string | null> {
  return idOf(
    db,
    sql`select lead_id::text as id from submissions where raw->>'email' = ${email} order by received_at limit 1`,
  )
}

async function idOf(db: Pool, query: ReturnType<typeof sql>): Promise<string | null> {
  return (await rowOrNull(db, z.object({ id: z.string() }), query))?.id ?? null
}

async function ownerOf(db: Pool, lead: string): Promise<string> {
  return until(`an owner of ${lead}`, async () => {
    const { owner } = await row(
      db,
      z.object({ owner: z.string().nullable() }),
      sql`select owner from leads where id = ${lead}`,
    )
    return owner
  })
}

/** Leads that have neither ended nor an owner. */
async function unsettled(db: Pool): Promise<number> {
  const { n } = await row(
    db,
    z.object({ n: z.int() }),
    sql`select count(*)::int as n from leads where status in ('received', 'in_review')`,
  )
  return n
}

async function until<Value>(what: string, look: () => Promise<Value | null>): Promise<Value> {
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    const found = await look()
    if (found !== null) return found
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`waited ${patienceMs / 1000} s for ${what}`)
}
