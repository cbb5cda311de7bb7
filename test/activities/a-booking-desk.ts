/** Activities over a real Postgres, for leads whose campaign gives them a way to book time with their owner. */
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { type Email, MailRefused } from '../../adapters/notify/port.js'
import { timelineOf } from '../../db/events.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, execute, type Pool, sql, timestamp } from '../../db/sql.js'
import { type Finding, readInvariants, violationsOf } from '../../db/verify.js'
import { transaction } from '../../db/sql.js'
import { instant, type LeadId, type RepId, repId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

export const atMs = instant(Date.UTC(2026, 10, 23, 9))
export const [ana, ben, cleo] = [repId.parse('ana'), repId.parse('ben'), repId.parse('cleo')]

/** Ana and Ben can be booked; Cleo has no link. */
const bookable = ['ana', 'ben'].reduce(
  (document, rep) =>
    document.replace(
      `${rep}@leadline.test,`,
      `${rep}@leadline.test, meetingLink: 'https://meet.leadline.test/${rep}',`,
    ),
  people,
)

/** `general` sends its link in a letter of its own, `demos` in the acknowledgement where it can, `fairs` only if asked. */
const booking = policy
  .replace(
    'templates:\n',
    `templates:
  book: { subject: 'Meet {{ownerName}}', text: 'Hello {{firstName}}, choose a time: {{meetingLink}}.' }
  thanks-and-book: { subject: Thanks, text: 'Thank you. {{ownerName}} is your contact. Book here: {{meetingLink}}.' }
`,
  )
  .replace(
    'campaigns:\n',
    `campaigns:
  demos:
    acknowledge: { by: email, template: thanks-and-book }
    meetingLink: { by: email, template: book }
  fairs:
    acknowledge: { by: email, template: thanks-and-book, when: { product: demo } }
  plain: { acknowledge: { by: email, template: thanks-and-book } }
`,
  )
  .replace('template: thanks } }', 'template: thanks }, meetingLink: { by: email, template: book } }')

export type BookingDesk = {
  db: Pool
  activities: Activities
  mails: Email[]
  /** While it is not up, no mail is sent; addresses that begin with `gone@` are refused for good. */
  isUp: boolean
  /** A lead as intake and preparation leave it. */
  prepared(email: string, more?: Record<string, unknown>): Promise<LeadId>
  /** It gets this owner, whose record is not saved. */
  assigned(lead: LeadId, owner: RepId, hop?: number): Promise<void>
  saved(lead: LeadId, hop?: number): Promise<void>
  suppress(emailKey: string): Promise<void>
  letters(to: string): Pick<Email, 'subject' | 'text' | 'replyTo'>[]
  /** What the timeline says of the acknowledgement and of the way to book time. */
  said(lead: LeadId): Promise<unknown[]>
  /** What db/invariants/saved-before-told.sql finds, of every lead so far. */
  toldTooEarly(): Promise<Finding[]>
  close(): Promise<void>
}

export async function openBookingDesk(): Promise<BookingDesk> {
  const database = await databaseFromTemplate()
  const db = connect(database.url)
  const load = { by: 'test', atMs: instant(0) }
  const staff = await loadPeople(db, { ...load, document: bookable, fileName: 'people.yaml' })
  if (!staff.ok) throw new Error(JSON.stringify(staff.errors))
  const rules = await loadPolicy(db, {
    ...load,
    document: booking,
    fileName: 'policy.yaml',
    reason: 'test',
    atMs,
  })
  if (!rules.ok) throw new Error(JSON.stringify(rules.errors))
  const mails: Email[] = []
  const mail = {
    from: 'sales@leadline.test',
    async send(email: Email) {
      if (!desk.isUp) throw new Error('mail not sent: ECONNREFUSED')
      if (email.to.startsWith('gone@')) throw new MailRefused('smtp-550')
      mails.push(email)
    },
  }
  const activities = createActivities({ db, crm: createBuiltInCrm(db), mail })
  const desk: BookingDesk = {
    db,
    activities,
    mails,
    isUp: true,
    async prepared(email, more = {}) {
      const lead = await submitted(db, { email, firstName: 'Tess', ...more }, atMs)
      await activities.prepare({ lead, atMs, step: 0 })
      return lead
    },
    async assigned(lead, owner, hop = 0) {
      await activities.route({
        lead,
        hop,
        atMs,
        cause: hop === 0 ? 'new' : 'lapsed',
        directed: { kind: 'rep', rep: owner },
        lastOwner: null,
        excluded: [],
        endOfChain: false,
      })
    },
    async saved(lead, hop = 0) {
      await activities.saveToCrm({ lead, step: hop + 1, atMs })
    },
    async suppress(emailKey) {
      await execute(
        db,
        sql`insert into suppressions (email_key, why, at) values (${emailKey}, 'asked', ${timestamp(atMs)})`,
      )
    },
    letters: address =>
      mails
        .filter(({ to }) => to === address)
        .map(({ subject, text, replyTo }) => ({ subject, text, replyTo })),
    async said(lead) {
      const kinds = [
        'prospectAcknowledged',
        'prospectNotAcknowledged',
        'meetingLinkSent',
        'meetingLinkNotSent',
      ]
      return (await timelineOf(db, lead))
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ kind, data }) => ({ kind, ...data }))
    },
    async toldTooEarly() {
      const invariant = (await readInvariants()).find(({ name }) => name === 'saved-before-told')
      if (invariant === undefined) throw new Error('there is no such invariant')
      return transaction(db, tx => violationsOf(tx, invariant, null))
    },
    async close() {
      await db.end()
      await database.drop()
    },
  }
  return desk
}
