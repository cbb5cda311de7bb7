/** A sales desk as it runs in earnest, one API and two workers, each a process of its own, on a database of its own. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { expect, inject } from 'vitest'
import { z } from 'zod'
import { mintKey } from '../../db/access.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { instant, type LeadId, leadId } from '../../domain/ids.js'
import { startMailCatcher } from '../../worker/embedded/mail-catcher.js'
import { databaseFromTemplate } from '../setup/database.js'
import { freePort } from '../setup/ports.js'
import { leadlineOfItsOwn } from './leadline.js'

export type BusyDesk = {
  db: Pool
  temporal: Client
  /** Sends a lead over HTTP, under an idempotency key of its own; gives the id that was promised. */
  post(body: Record<string, string>): Promise<LeadId>
  close(): Promise<void>
}

/** @param documents what the desk works by; whatever is left of it later goes with the database */
export async function openBusyDesk(documents: { policy: string; people: string }): Promise<BusyDesk> {
  const toClose: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of toClose.splice(0).reverse()) await step()
  }
  try {
    const database = await databaseFromTemplate()
    toClose.push(database.drop)
    const db = connect(database.url, 10)
    toClose.push(() => db.end())
    await publish(db, documents)
    const key = await mintKey(db, { name: 'website', role: 'intake', rep: null })

    const leadline = await leadlineOfItsOwn()
    toClose.push(leadline.remove)
    const smtp = { key: 'LEADLINE_SMTP_PORT', port: await freePort(), given: true }
    const catcher = await startMailCatcher(join(leadline.home, 'mail'), smtp)
    toClose.push(catcher.stop)
    const namespace = `busy-${randomUUID()}`
    const servers = {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: namespace,
      SMTP_URL: catcher.url,
      LEADLINE_MAIL_FROM: 'sales@example.com',
    }
    const work = () => leadline.keep(['worker'], servers, 'The worker is ready')
    // The first worker leaves its bundle of the workflows in the data folder, where the second finds it.
    await Promise.all([leadline.keep(['api'], servers, 'The API is ready'), work().then(work)])
    const connection = await Connection.connect({ address: inject('temporalAddress') })
    toClose.push(() => connection.close())

    return {
      db,
      temporal: new Client({ connection, namespace }),
      async post(body) {
        const answer = await fetch(new URL('/v1/leads', leadline.url), {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'idempotency-key': randomUUID(),
          },
          body: JSON.stringify(body),
        })
        expect(answer.status).toBe(202)
        return z.object({ leadId }).parse(await answer.json()).leadId
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function publish(db: Pool, { policy, people }: { policy: string; people: string }): Promise<void> {
  const about = { by: 'test', atMs: instant(Date.now()) }
  const staff = await loadPeople(db, { document: people, fileName: 'people.yaml', ...about })
  if (!staff.ok) throw new Error(JSON.stringify(staff.errors))
  const rules = await loadPolicy(db, { document: policy, fileName: 'policy.yaml', reason: 'test', ...about })
  if (!rules.ok) throw new Error(JSON.stringify(rules.errors))
}
