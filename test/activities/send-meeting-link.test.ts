import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, sql } from '../../db/sql.js'
import type { LeadId, RepId } from '../../domain/ids.js'
import { ana, atMs, ben, type BookingDesk, cleo, openBookingDesk } from './a-booking-desk.js'

describe('a letter with the way to book time', () => {
  let desk: BookingDesk
  beforeAll(async () => {
    desk = await openBookingDesk()
  })
  afterAll(() => desk.close())

  async function ownedBy(owner: RepId, email: string, more?: Record<string, unknown>): Promise<LeadId> {
    const lead = await desk.prepared(email, more)
    await desk.assigned(lead, owner)
    await desk.saved(lead)
    return lead
  }

  const send = (lead: LeadId, hop = 0) => desk.activities.sendMeetingLink({ lead, hop, atMs })
  const letterOfAna = {
    subject: 'Meet Ana Ruiz',
    text: 'Hello Tess, choose a time: https://meet.leadline.test/ana.',
    replyTo: 'ana@leadline.test',
  }

  it('goes out once, with the link of the owner, however often it is tried', async () => {
    const lead = await ownedBy(ana, 'tess@once.example')
    expect(await send(lead)).toEqual({ sent: true })
    await send(lead)
    expect(desk.letters('tess@once.example')).toEqual([letterOfAna])
    expect(await desk.said(lead)).toEqual([{ kind: 'meetingLinkSent', owner: ana, within: 'letter' }])
  })

  it('waits until the record is saved and read back', async () => {
    const lead = await desk.prepared('tess@early.example')
    await desk.assigned(lead, ana)
    await expect(send(lead)).rejects.toThrow('nobody is told before the record is saved')
    expect(desk.letters('tess@early.example')).toEqual([])
    await desk.saved(lead)
    await send(lead)
    expect(desk.letters('tess@early.example')).toHaveLength(1)
    expect(await desk.toldTooEarly()).toEqual([])
  })

  it('is seen by verify where it went out although the save came later', async () => {
    const lead = await ownedBy(ana, 'tess@too-early.example')
    await send(lead)
    await execute(
      desk.db,
      sql`update assignments set saved_at = saved_at + interval '1 hour' where lead_id = ${lead}`,
    )
    expect(await desk.toldTooEarly()).toMatchObject([
      {
        lead,
        what: 'message about meeting-link to tess@too-early.example of hop 0 was written before the save',
      },
    ])
    await execute(
      desk.db,
      sql`update assignments set saved_at = saved_at - interval '1 hour' where lead_id = ${lead}`,
    )
  })

  it('is dropped when the lead has moved on, and the next owner sends theirs', async () => {
    const lead = await ownedBy(ana, 'tess@moved.example')
    await desk.assigned(lead, ben, 1)
    expect(await send(lead, 0)).toEqual({ sent: false })
    await desk.saved(lead, 1)
    await send(lead, 1)
    expect(desk.letters('tess@moved.example').map(({ subject }) => subject)).toEqual(['Meet Ben Okafor'])
    expect(await desk.said(lead)).toEqual([{ kind: 'meetingLinkSent', owner: ben, within: 'letter' }])
  })

  it('is the next owner’s, too, when the mail server was down until the lead had moved on', async () => {
    const lead = await ownedBy(ana, 'tess@down.example')
    desk.isUp = false
    await expect(send(lead, 0)).rejects.toThrow()
    desk.isUp = true
    await desk.assigned(lead, ben, 1)
    await desk.saved(lead, 1)
    expect(await send(lead, 0)).toEqual({ sent: false })
    await send(lead, 1)
    expect(desk.letters('tess@down.example').map(({ subject }) => subject)).toEqual(['Meet Ben Okafor'])
  })

  it('that went out is told of although the worker died before it said so and the lead has moved on', async () => {
    const lead = await ownedBy(ana, 'tess@died.example')
    await send(lead)
    // As if the worker had died between the mail server's word and the timeline.
    await execute(desk.db, sql`alter table events disable trigger events_append_only`)
    await execute(desk.db, sql`delete from events where lead_id = ${lead} and kind = 'meetingLinkSent'`)
    await execute(desk.db, sql`alter table events enable trigger events_append_only`)
    await desk.assigned(lead, ben, 1)
    await desk.saved(lead, 1)
    await send(lead, 0)
    await send(lead, 1)
    expect(desk.letters('tess@died.example')).toEqual([letterOfAna])
    expect(await desk.said(lead)).toEqual([{ kind: 'meetingLinkSent', owner: ana, within: 'letter' }])
  })

  it('goes to nobody of a closed lead', async () => {
    const lead = await ownedBy(ana, 'tess@closed.example')
    const closed = { outcome: 'lost', reason: null, mergedInto: null } as const
    await desk.activities.record({
      lead,
      hop: 0,
      step: 5,
      atMs,
      actor: 'ana',
      entries: [{ kind: 'closed', data: closed }],
      requestId: null,
      due: null,
    })
    expect(await send(lead)).toEqual({ sent: false })
    expect(desk.letters('tess@closed.example')).toEqual([])
  })

  it('names why there is none: the owner has no link, until one has it who has', async () => {
    const lead = await ownedBy(cleo, 'tess@no-link.example')
    await send(lead)
    await send(lead)
    expect(await desk.said(lead)).toEqual([
      { kind: 'meetingLinkNotSent', owner: cleo, why: 'no-meeting-link' },
    ])
    await desk.assigned(lead, ana, 1)
    await desk.saved(lead, 1)
    await send(lead, 1)
    expect(desk.letters('tess@no-link.example')).toEqual([letterOfAna])
    expect(await desk.said(lead)).toHaveLength(2)
  })

  it('goes to nobody who refused, who asked for no more mail, or who gave no address', async () => {
    await desk.suppress('tess@suppressed.example')
    const refused = await ownedBy(ana, 'tess@refused.example', { consent: false })
    const suppressed = await ownedBy(ana, 'Tess@suppressed.example')
    const nowhere = await ownedBy(ana, '', { phone: '+44 20 7946 0123', country: 'GB' })
    for (const lead of [refused, suppressed, nowhere]) await send(lead)
    expect(await desk.said(refused)).toMatchObject([{ kind: 'meetingLinkNotSent', why: 'no-consent' }])
    expect(await desk.said(suppressed)).toMatchObject([{ kind: 'meetingLinkNotSent', why: 'suppressed' }])
    expect(await desk.said(nowhere)).toMatchObject([{ kind: 'meetingLinkNotSent', why: 'no-address' }])
    expect(desk.letters('tess@refused.example')).toEqual([])
    expect(desk.letters('Tess@suppressed.example')).toEqual([])
  })

  it('is given up where the server refuses the address for good', async () => {
    const lead = await ownedBy(ana, 'gone@nowhere.example')
    expect(await send(lead)).toEqual({ sent: false })
    await send(lead)
    expect(await desk.said(lead)).toEqual([
      { kind: 'meetingLinkNotSent', owner: ana, why: 'refused-by-server' },
    ])
  })

  it('leaves out what a prospect wrote around the name: it stays on its line', async () => {
    const lead = await ownedBy(ana, 'tess@lines.example', { firstName: 'Tess\n\n{{meetingLink}} http://x' })
    await send(lead)
    expect(desk.letters('tess@lines.example')[0]?.text).not.toContain('\n')
  })
})
