import { Command } from 'commander'
import { z } from 'zod'
import { timelineOf } from '../db/events.js'
import { leadDetail, listLeads } from '../db/leads.js'
import { rosterAt } from '../db/people.js'
import { type Pool, rows, sql } from '../db/sql.js'
import { decision, decisionInput } from '../domain/decision.js'
import { type LeadId, leadId, instant, repId } from '../domain/ids.js'
import { plainTelling, sentenceOf } from '../domain/story.js'
import { whyNot, whyOwner } from '../domain/why.js'
import { openInstance } from './open.js'

export function leadCommand(): Command {
  const lead = new Command('lead').description('read a lead')
  lead
    .command('list')
    .description('the latest leads')
    .action(() => onDatabase(list))
  lead
    .command('show')
    .argument('<id>', "the lead's id")
    .description('the story of a lead, line by line')
    .action((id: string) => onDatabase(db => show(db, parseId(id))))
  lead
    .command('why')
    .argument('<id>', "the lead's id")
    .option('--not <rep>', 'why this person does not own it')
    .description('why the lead has its owner')
    .action((id: string, { not }: { not?: string }) => onDatabase(db => why(db, parseId(id), not)))
  return lead
}

async function list(db: Pool): Promise<void> {
  for (const { leadId: id, status, owner, source } of await listLeads(db, {
    scope: { kind: 'all' },
    limit: 50,
  })) {
    console.log(`${id}  ${status.padEnd(13)}${(owner?.id ?? '-').padEnd(16)}${source}`)
  }
}

async function show(db: Pool, id: LeadId): Promise<void> {
  const lead = await leadDetail(db, id)
  if (lead === null) throw new Error(`there is no lead ${id}`)
  const { people } = await rosterAt(db, instant(Date.now()))
  const telling = {
    ...plainTelling,
    person: (rep: string) => people.find(one => one.id === rep)?.name ?? rep,
  }
  console.log(
    `Lead ${id} from ${lead.source}: ${lead.status}${lead.outcome === null ? '' : `, ${lead.outcome}`}`,
  )
  console.log(`Owner: ${lead.owner === null ? 'nobody' : telling.person(lead.owner.id)}\n`)
  for (const event of await timelineOf(db, id)) {
    console.log(`${new Date(event.atMs).toISOString()}  ${sentenceOf(event, telling)}`)
  }
}

async function why(db: Pool, id: LeadId, not: string | undefined): Promise<void> {
  const records = await rows(
    db,
    z.object({ record: z.object({ input: decisionInput, decision }) }),
    sql`select record from decisions where lead_id = ${id} order by hop desc limit 1`,
  )
  const [latest] = records
  if (latest === undefined) throw new Error(`the lead ${id} has not been decided yet`)
  const sentences = not === undefined ? whyOwner(latest.record) : whyNot(latest.record, repId.parse(not))
  for (const sentence of sentences) console.log(sentence)
}

function parseId(text: string): LeadId {
  const id = leadId.safeParse(text)
  if (!id.success) throw new Error(`${text} is not a lead's id; expected a UUID`)
  return id.data
}

async function onDatabase(work: (db: Pool) => Promise<void>): Promise<void> {
  const instance = await openInstance()
  try {
    await work(instance.db)
  } finally {
    await instance.close()
  }
}
