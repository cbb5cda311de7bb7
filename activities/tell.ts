import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import { MailRefused } from '../adapters/notify/port.js'
import { appendEvent } from '../db/events.js'
import { preparedOf, readLead } from '../db/lead.js'
import { idOf, keepMessage, type Letter, markFailed, markSent, unsentOf } from '../db/messages.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { instantColumn, rowOrNull, sql, transaction } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { compose } from '../domain/letters.js'
import type { About, Told } from '../domain/life/state.js'
import type { Person, Roster } from '../domain/people.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; step: number; atMs: EpochMs; about: About; to: Told[] }

/** What is only worth saying while the owner is still the one that it speaks of. */
const ofThisOwner: readonly About[] = ['assigned', 'reminder', 'escalation', 'submission-joined']

/**
 * Tells people, each in the app and by email (a team in the app alone), after the record is saved and read back (R22).
 * Dropped when the lead has moved on to another owner since.
 */
export function tell({ db, mail }: ActivityDeps) {
  return async ({
    lead,
    hop,
    step,
    atMs,
    about,
    to,
  }: Input): Promise<{ told: string[]; dropped: boolean }> => {
    const stored = preparedOf(await readLead(db, lead))
    const overtaken = ofThisOwner.includes(about) && (stored.hop !== hop || stored.status === 'closed')
    if (overtaken) return { told: [], dropped: true }
    const assignment = await rowOrNull(
      db,
      z.object({ rule: z.string(), saved_at: instantColumn.nullable() }),
      sql`select rule, saved_at from assignments where lead_id = ${lead} and hop = ${stored.hop}`,
    )
    // Of this hop alone: the save of a later one waits behind this message, which must not wait for it.
    if (stored.hop === hop && assignment !== null && assignment.saved_at === null) {
      throw ApplicationFailure.retryable('nobody is told before the record is saved', 'NotSaved')
    }
    const roster = await rosterAt(db, atMs)
    const policy = await policyOfVersion(db, stored.policyVersion)
    const due = await rowOrNull(
      db,
      z.object({ due_at: instantColumn.nullable() }),
      sql`select due_at from leads where id = ${lead}`,
    )
    const owner = roster.people.find(({ id }) => id === stored.owner) ?? null
    const campaign = policy.campaigns[stored.facts.campaign ?? '']
    const letters = readersOf(to, roster, owner).flatMap(({ reader, audience }): Letter[] => {
      const { subject, body } = compose(
        about,
        {
          lead: stored.normalised,
          leadId: lead,
          brief: stored.brief,
          owner,
          rule: assignment?.rule ?? null,
          dueAtMs: due?.due_at ?? null,
          note: null,
          format: campaign?.notify ?? 'short',
        },
        reader,
      )
      const channels = audience === 'team' ? (['in-app'] as const) : (['in-app', 'email'] as const)
      return channels.map(channel => ({
        lead,
        hop: stored.hop,
        key: `${lead}/${step}/${about}/${reader.id}/${channel}`,
        about,
        audience,
        recipient: reader.id,
        channel,
        subject,
        body,
      }))
    })
    await transaction(db, async tx => {
      for (const letter of letters) await keepMessage(tx, letter, atMs)
      const recipients = [...new Set(letters.map(({ recipient }) => recipient))]
      await appendEvent(tx, {
        lead,
        atMs,
        actor: 'system',
        hop: stored.hop,
        key: `told-${step}`,
        kind: 'told',
        data: { about, recipients },
      })
    })
    const unsent = await unsentOf(
      db,
      letters.map(({ key }) => key),
    )
    for (const letter of letters.filter(({ key }) => unsent.has(key))) {
      const reader = roster.people.find(({ id }) => id === letter.recipient)
      if (reader !== undefined) await deliver(db, mail, letter, reader, atMs)
    }
    return { told: [...new Set(letters.map(({ recipient }) => recipient))], dropped: false }
  }
}

async function deliver(
  db: ActivityDeps['db'],
  mail: ActivityDeps['mail'],
  letter: Letter,
  reader: Person,
  atMs: EpochMs,
): Promise<void> {
  try {
    await mail.send({
      to: reader.email,
      subject: letter.subject,
      text: letter.body,
      messageId: `${idOf(letter.key)}@leadline`,
      replyTo: null,
    })
    await markSent(db, letter.key, atMs)
  } catch (error) {
    // What no retry will mend stays readable in the app.
    if (!(error instanceof MailRefused)) throw error
    await markFailed(db, letter.key, error.code)
  }
}

function readersOf(
  to: readonly Told[],
  roster: Roster,
  owner: Person | null,
): { reader: Person; audience: Told['audience'] }[] {
  return to.flatMap((told): { reader: Person; audience: Told['audience'] }[] => {
    if (told.audience === 'team') {
      const mates = roster.people.filter(
        person => owner !== null && person.team === owner.team && person.id !== owner.id,
      )
      return mates.map(reader => ({ reader, audience: told.audience }))
    }
    const reader = roster.people.find(({ id }) => id === told.rep)
    return reader === undefined ? [] : [{ reader, audience: told.audience }]
  })
}
