import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Email } from '../../adapters/notify/port.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const from = 'sales@leadline.test'
const letter = 'Thank you. We call within {{contactWithin}}. Or write to {{replyTo}}.'

let db: Pool
let drop: () => Promise<void>
let activities: Activities
let isDown = false
const mails: Email[] = []
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  const document = policy.replace('We have your message about {{product}}.', letter)
  await loadPolicy(db, { document, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs })
  activities = createActivities({
    db,
    crm: createBuiltInCrm(db),
    mail: {
      from,
      async send(email) {
        if (isDown) throw new Error('mail not sent: ECONNREFUSED')
        mails.push(email)
      },
    },
  })
})
afterAll(async () => {
  await db.end()
  await drop()
})

async function prepared(body: Record<string, unknown>): Promise<LeadId> {
  const lead = await submitted(db, body, atMs)
  await activities.prepare({ lead, atMs, step: 0 })
  return lead
}

/** Ana is to be its owner; Temporal has not yet carried her name to the CRM. */
async function assigned(lead: LeadId): Promise<void> {
  const decision = { directed: null, lastOwner: null, excluded: [], endOfChain: false }
  await activities.route({ lead, hop: 0, atMs, cause: 'new', ...decision })
}

async function letterTo(address: string, lead: LeadId): Promise<Pick<Email, 'text' | 'replyTo'>[]> {
  await activities.acknowledgeProspect({ lead, atMs })
  return mails.filter(({ to }) => to === address).map(({ text, replyTo }) => ({ text, replyTo }))
}

const saying = (replyTo: string, text: string) => [{ replyTo, text }]

describe('the first letter to a prospect', () => {
  it('names our own address while nobody has the lead, and what the service level promises', async () => {
    const lead = await prepared({ email: 'tess@early.example', product: 'for-ana' })
    expect(await letterTo('tess@early.example', lead)).toEqual(
      saying(from, `Thank you. We call within 2 working hours. Or write to ${from}.`),
    )
  })

  it('names the owner when the lead has one by then', async () => {
    const lead = await prepared({ email: 'tess@owned.example', product: 'for-ana' })
    await assigned(lead)
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect(await letterTo('tess@owned.example', lead)).toEqual(
      saying(
        'ana@leadline.test',
        'Thank you. We call within 2 working hours. Or write to ana@leadline.test.',
      ),
    )
  })

  it('names nobody whose record is not saved yet', async () => {
    const lead = await prepared({ email: 'tess@unsaved.example', product: 'for-ana' })
    await assigned(lead)
    expect((await letterTo('tess@unsaved.example', lead)).map(({ replyTo }) => replyTo)).toEqual([from])
  })

  it('promises no time while a person must be asked first', async () => {
    const lead = await prepared({ source: 'demo-form', email: 'tess@nowhere.example' })
    expect(await letterTo('tess@nowhere.example', lead)).toEqual(
      saying(from, `Thank you. Or write to ${from}.`),
    )
  })

  it('stays as it was first written when the mail server was down meanwhile', async () => {
    const lead = await prepared({ email: 'tess@later.example', product: 'for-ana' })
    isDown = true
    await expect(activities.acknowledgeProspect({ lead, atMs })).rejects.toThrow()
    isDown = false
    await assigned(lead)
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect((await letterTo('tess@later.example', lead)).map(({ text }) => text)).toEqual([
      `Thank you. We call within 2 working hours. Or write to ${from}.`,
    ])
    expect(await letterTo('tess@later.example', lead)).toHaveLength(1)
  })
})
