/** What every LeadWorkflows must do: the real one over Temporal, and the one in memory that the API's tests use. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeadUnreachable, type LeadWorkflows } from '../../api/lead-workflows.js'
import { leadOutcome } from '../../db/leads.js'
import { type Db, row, sql } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId } from '../../domain/ids.js'
import type { Actor } from '../../domain/messages.js'
import { z } from 'zod'

export type Bench = {
  db: Db
  leads: LeadWorkflows
  /** When the leads came in; what is said to them follows within minutes of it. */
  receivedAtMs: EpochMs
  /** A lead whose submission is committed and whose workflow has not started. */
  submitted(): Promise<LeadId>
  /** A started lead that `owner` owns and that listens. */
  assigned(owner: string): Promise<LeadId>
  /** From now on nobody answers for the leads; what is said to them is kept. */
  silence(): Promise<void>
  /** Somebody answers again, for what was said meanwhile too. */
  wake(): Promise<void>
  /** How often the lead's workflow was started. */
  startsOf(lead: LeadId): Promise<number>
  /** The instants at which the lead counts an acknowledgement, once it has heard what was said before. */
  acknowledgementsOf(lead: LeadId): Promise<number[]>
  close(): Promise<void>
}

export function leadWorkflowsContract(name: string, make: () => Promise<Bench>): void {
  describe(`lead workflows: ${name}`, () => {
    let bench: Bench
    beforeAll(async () => {
      bench = await make()
    })
    afterAll(() => bench.close())

    const ana: Actor = { id: 'ana', role: 'rep' }
    const at = (minute: number) => instant(bench.receivedAtMs + minute * 60_000)
    const acknowledgement = (requestId: string, minute: number) => ({
      requestId,
      actor: ana,
      atMs: at(minute),
    })

    it('starts a lead once, however often and however simultaneously it is asked to', async () => {
      const lead = await bench.submitted()
      const start = () => bench.leads.start(lead, bench.receivedAtMs)
      await Promise.all([start(), start(), start()])
      await start()
      expect(await bench.startsOf(lead)).toBe(1)
    })

    it('marks a started lead, so that the relay leaves it alone', async () => {
      const lead = await bench.submitted()
      expect(await isMarked(bench.db, lead)).toBe(false)
      await bench.leads.start(lead, bench.receivedAtMs)
      expect(await isMarked(bench.db, lead)).toBe(true)
    })

    it("gives the lead's answer", async () => {
      const lead = await bench.assigned('ana')
      const sent = await bench.leads.send(lead, 'acknowledge', acknowledgement('seen', 1))
      expect(sent).toEqual({ ok: true, status: 'acknowledged', owner: 'ana' })
      expect(await bench.acknowledgementsOf(lead)).toEqual([at(1)])
    })

    it("gives the lead's refusal as an answer, not as an error", async () => {
      const lead = await bench.assigned('ana')
      const stranger = { requestId: 'mine', actor: { id: 'ben', role: 'rep' }, atMs: at(1) } as const
      const sent = await bench.leads.send(lead, 'acknowledge', stranger)
      expect(sent).toMatchObject({ ok: false, code: 'not-owner', status: 'assigned', owner: 'ana' })
    })

    it('gives a repeated request the first answer and counts it once', async () => {
      const lead = await bench.assigned('ana')
      const first = await bench.leads.send(lead, 'acknowledge', acknowledgement('seen', 1))
      const second = await bench.leads.send(lead, 'acknowledge', acknowledgement('seen', 7))
      expect(second).toEqual(first)
      expect(await bench.acknowledgementsOf(lead)).toEqual([at(1)])
    })

    it('keeps what was said while nobody answered, and counts it once and as of when it was said', async () => {
      const lead = await bench.assigned('ana')
      await bench.silence()
      const said = acknowledgement('seen', 2)
      expect(await bench.leads.send(lead, 'acknowledge', said)).toEqual({ pending: true })
      expect(await bench.leads.send(lead, 'acknowledge', said)).toEqual({ pending: true })
      await bench.wake()
      expect(await bench.acknowledgementsOf(lead)).toEqual([at(2)])
    })

    it('says how a closed lead ended', async () => {
      const lead = await bench.assigned('ana')
      await bench.leads.send(lead, 'close', { ...acknowledgement('won', 3), outcome: 'converted' })
      await ended(bench.db, lead)
      expect(await bench.leads.send(lead, 'acknowledge', acknowledgement('late', 4))).toMatchObject({
        ok: false,
        code: 'closed',
        detail: ['converted'],
        status: 'closed',
      })
    })

    it('gives the request that closed the lead its first answer, asked again after the end', async () => {
      const lead = await bench.assigned('ana')
      const won = { ...acknowledgement('won', 3), outcome: 'converted' } as const
      const first = await bench.leads.send(lead, 'close', won)
      await ended(bench.db, lead)
      expect(first).toMatchObject({ ok: true, status: 'closed' })
      expect(await bench.leads.send(lead, 'close', won)).toEqual(first)
    })

    it('does not pretend that a lead which has not started heard anything', async () => {
      const lead = await bench.submitted()
      await expect(bench.leads.send(lead, 'acknowledge', acknowledgement('seen', 1))).rejects.toThrow(
        LeadUnreachable,
      )
    })
  })
}

async function isMarked(db: Db, lead: LeadId): Promise<boolean> {
  const found = await row(
    db,
    z.object({ marked: z.boolean() }),
    sql`select workflow_started_at is not null as marked from leads where id = ${lead}`,
  )
  return found.marked
}

async function ended(db: Db, lead: LeadId): Promise<void> {
  await expect.poll(async () => (await leadOutcome(db, lead))?.status, { timeout: 20_000 }).toBe('closed')
}
