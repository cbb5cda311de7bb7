import { randomUUID } from 'node:crypto'
import { appendEvent } from '../../db/events.js'
import { type Pool, transaction } from '../../db/sql.js'
import { insertSubmission } from '../../db/submissions.js'
import { type EpochMs, type LeadId, leadId } from '../../domain/ids.js'

/** A submission as intake stores it; no workflow is started. */
export async function submitted(
  db: Pool,
  body: Record<string, unknown>,
  receivedAtMs: EpochMs,
): Promise<LeadId> {
  const lead = leadId.parse(randomUUID())
  const raw = { source: 'contact-form', ...body }
  await transaction(db, async tx => {
    await insertSubmission(tx, {
      id: randomUUID(),
      lead,
      source: raw.source,
      channel: 'api',
      idempotencyKey: randomUUID(),
      raw: JSON.stringify(raw),
      unknownFields: [],
      receivedAtMs,
      submittedBy: 'test',
      externalId: null,
    })
    await appendEvent(tx, {
      lead,
      atMs: receivedAtMs,
      actor: 'test',
      hop: 0,
      key: 'received',
      kind: 'received',
      data: { source: raw.source, channel: 'api' },
    })
  })
  return lead
}
