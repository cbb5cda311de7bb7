/** What people do with a lead while its worker dies, and what must have become of it all the same. */
import { z } from 'zod'
import { row, sql } from '../../db/sql.js'
import { instant, repId } from '../../domain/ids.js'
import { now } from '../../worker/clock.js'
import type { Case } from './kills.js'

export const policy = `
policy: Crashing desk
zone: UTC
sla: normal
sources:
  contact-form: { campaign: general, required: [email] }
  demo-form: { campaign: general, critical: [country] }
qualify: { giveBack: [spam] }
pools:
  shared: { turns: { ana: 1, ben: 1, cleo: 1 } }
otherwise: shared
reviews:
  decides: role sales-ops
  backup: mara
  within: 1h
  missing-critical: { onTimeout: { assign: shared } }
slas:
  normal:
    clock: business hours of owner
    acknowledge: 30m
    firstTouch: 2h
    steps:
      - { at: 50%, do: remind owner }
      - { at: 100%, do: tell manager }
      - { at: 100% + 30m, do: re-route }
    reRoutes: { most: 1, then: manager of owner }
templates:
  thanks: { subject: "Thank you {{firstName}}", text: "We have your message about {{product}}." }
campaigns:
  general: { notify: full, acknowledge: { by: email, template: thanks } }
handoff: { from: sdr, to: ae, required: [budget], notes: at least 10 characters, accept: 4h, sla: normal }
reassign: { reasons: { conflict-of-interest: approve }, giveBack: [conflict-of-interest], decides: mara, within: 2h }
`

/** What must have become of a lead, whatever was killed under it. */
export type Story = Pick<Case, 'live' | 'givesCue' | 'awaitsCue'> & {
  body?: Record<string, unknown>
  owners: number
  /** Taken, and given back. */
  turns: [number, number]
  timeline: string[]
  /** How many are told: what, as whom, by which channel. */
  told: Record<string, number>
  /** What the prospects wrote, each message once. */
  paragraphs: number
  /** The next step of its clocks, from the last owner's assignment on. */
  dueMinutes: number | null
}

const assigned = ['received', 'prepared', 'enriched', 'prospectAcknowledged', 'assigned', 'saved', 'told']
const ofAssigned = { 'assigned owner email': 1, 'assigned owner in-app': 1, 'assigned team in-app': 2 }
const ofTwo = {
  'assigned owner email': 2,
  'assigned owner in-app': 2,
  'assigned team in-app': 4,
  'moved-on former-owner email': 1,
  'moved-on former-owner in-app': 1,
}
const thanked = { 'acknowledgement prospect email': 1 }

const owned: Story = {
  live: (desk, lead) => desk.until(lead, 'told'),
  owners: 1,
  turns: [1, 0],
  timeline: assigned,
  told: { ...thanked, ...ofAssigned },
  paragraphs: 1,
  dueMinutes: 15,
}

const acknowledged: Story = {
  ...owned,
  async live(desk, lead) {
    await desk.until(lead, 'told')
    await desk.say(lead, 'acknowledge', envelope => envelope)
    await desk.until(lead, 'clockMet')
  },
  timeline: [...assigned, 'acknowledged', 'clockMet'],
  dueMinutes: 60,
}

const acknowledgedByChat: Story = {
  ...acknowledged,
  async live(desk, lead) {
    await desk.until(lead, 'told')
    await desk.signal(lead, 'acknowledge', envelope => envelope)
    await desk.until(lead, 'clockMet')
  },
}

/** What was said earlier arrives later: once the other touch is in the tables, and nowhere else. */
const overtaken: Story = {
  ...owned,
  givesCue: true,
  async live(desk, lead, cue) {
    await desk.until(lead, 'told')
    const atMs = instant(now() - 1)
    await desk.signal(lead, 'recordTouch', envelope => ({ ...envelope, kind: 'call' }))
    await desk.until(lead, 'touched')
    await desk.signal(lead, 'recordTouch', envelope => ({ ...envelope, atMs, kind: 'email' }))
    cue.give()
    await desk.until(lead, 'touched', 2)
  },
  timeline: [...assigned, 'touched: call', 'touched: email', 'clockMet', 'clockMet'],
  dueMinutes: null,
}

const reviewed: Story = {
  ...owned,
  body: { source: 'demo-form', country: undefined },
  async live(desk, lead) {
    await desk.until(lead, 'told')
    const query = sql`select id from reviews where lead_id = ${lead}`
    const { id } = await row(desk.db, z.object({ id: z.string() }), query)
    await desk.say(lead, 'decideReview', envelope => ({
      ...envelope,
      review: id,
      decision: { choice: 'assign' },
    }))
    await desk.until(lead, 'told', 2)
  },
  timeline: [...assigned, 'reviewOpened', 'told', 'reviewDecided'],
  told: { ...thanked, 'review decider email': 1, 'review decider in-app': 1, ...ofAssigned },
}

const givenAway: Story = {
  ...owned,
  async live(desk, lead) {
    await desk.until(lead, 'told')
    await desk.say(lead, 'requestReassignment', envelope => ({ ...envelope, reason: 'conflict-of-interest' }))
    await desk.until(lead, 'told', 3)
  },
  turns: [2, 1],
  timeline: [
    ...assigned,
    ...['reassignmentRequested', 'reassignmentDecided', 'assigned', 'saved', 'told', 'told'],
  ],
  told: { ...thanked, ...ofTwo },
}

const handedOver: Story = {
  ...owned,
  async live(desk, lead) {
    await desk.until(lead, 'told')
    const text = { fields: { budget: '10k' }, notes: 'They want to start in June.' }
    await desk.say(lead, 'handOff', envelope => ({ ...envelope, to: repId.parse('dora') }), text)
    await desk.until(lead, 'handoffOffered')
    await desk.say(lead, 'answerHandoff', envelope => ({ ...envelope, accept: true }))
    await desk.until(lead, 'told', 4)
  },
  timeline: [
    ...assigned,
    ...['handoffOffered', 'told', 'handoffAnswered', 'assigned', 'saved', 'told', 'told'],
  ],
  told: {
    ...thanked,
    ...ofTwo,
    // The receiver's team is the larger one.
    'assigned team in-app': 7,
    'handoff-offered receiver email': 1,
    'handoff-offered receiver in-app': 1,
  },
}

/** The other lead asks twice to be taken in, and is taken in once. */
const joined: Story = {
  ...owned,
  async live(desk, lead) {
    await desk.until(lead, 'told')
    const query = sql`select raw from submissions where lead_id = ${lead}`
    const { raw } = await row(desk.db, z.object({ raw: z.record(z.string(), z.unknown()) }), query)
    const other = await desk.submit({ ...raw, message: 'I wrote before.' })
    await desk.until(lead, 'submissionJoined')
    // As the other lead does when the answer takes too long.
    await desk.signal(lead, 'addSubmission', envelope => ({
      ...envelope,
      actor: { id: other, role: 'system' },
      lead: other,
    }))
    await desk.until(lead, 'told', 2)
    await desk.until(other, 'closed')
  },
  timeline: [...assigned, 'submissionJoined', 'told'],
  told: {
    ...thanked,
    ...ofAssigned,
    'submission-joined owner email': 1,
    'submission-joined owner in-app': 1,
  },
  paragraphs: 2,
}

const closed: Story = {
  ...owned,
  async live(desk, lead) {
    await desk.until(lead, 'told')
    await desk.say(lead, 'close', envelope => ({ ...envelope, outcome: 'disqualified', reason: 'spam' }))
    await desk.until(lead, 'saved', 2)
  },
  owners: 0,
  turns: [1, 1],
  timeline: [...assigned, 'closed', 'saved'],
  dueMinutes: null,
}

/** Lost, so that no turn is given back: somebody who halts on the way to another owner holds the pool. */
const closedOnCue: Story = {
  ...closed,
  awaitsCue: true,
  async live(desk, lead, cue) {
    await desk.until(lead, 'told')
    await cue.mine
    await desk.say(lead, 'close', envelope => ({ ...envelope, outcome: 'lost' }))
    await desk.until(lead, 'saved', 2)
  },
  turns: [1, 0],
}

export const stories = {
  owned,
  acknowledged,
  acknowledgedByChat,
  overtaken,
  reviewed,
  givenAway,
  handedOver,
  joined,
  closed,
  closedOnCue,
} as const satisfies Record<string, Story>
