/** The form of a policy document: which keys there are and what each may say. What names mean is settled afterwards. */
import { z } from 'zod'
import { zoneName } from '../calendar.js'
import { name, poolId, repId } from '../ids.js'
import { duration, stepAt } from '../ladder.js'
import { formFieldTypes, pausableClocks, type ReviewKind, touchKinds } from '../policy.js'
import { calendarsShape } from './calendars.js'

export const text = (most: number) =>
  z.string().trim().min(1, 'empty').max(most, `longer than ${most} characters`)

const wholeNumber = (least: number, most: number) => {
  const expected = `expected a whole number from ${least} to ${most}`
  return z.int(expected).min(least, expected).max(most, expected)
}

const condition = z.record(z.string(), z.unknown())

/** No clock can be kept that is over when it starts. */
const wait = duration.refine(ms => ms > 0, 'expected longer than nothing')

/** Read against the names of the document in domain/policy/references.ts. */
const target = text(100)
const decider = text(100)

const domainName = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected a domain in lower case, such as acme.com')

const fieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'expected a letter, then letters, digits, hyphens or underscores')

const formField = z.strictObject({
  name: fieldName,
  label: text(100).optional(),
  type: z.enum(formFieldTypes).optional(),
})

const form = z.union([
  z.boolean(),
  z.strictObject({
    title: text(100).optional(),
    fields: z
      .array(z.union([fieldName, formField]))
      .max(50, 'more than 50 fields')
      .optional(),
  }),
])

const source = z.strictObject({
  rollout: z.enum(['on', 'shadow', 'off']).optional(),
  campaign: z.string(),
  required: z.array(z.string()).optional(),
  critical: z.array(z.string()).optional(),
  fields: z.array(fieldName).optional(),
  form: form.optional(),
})

const company = z.strictObject({
  company: text(300).optional(),
  industry: text(100).optional(),
  employees: wholeNumber(0, 10_000_000).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected a country code such as GB')
    .optional(),
})

/** Wide enough that weights can be told apart finely, and small enough that a slip of a zero shows. */
const weight = wholeNumber(0, 1000)

/** Wider than any sum of criteria needs. */
const points = wholeNumber(-1000, 1000)

/** Of the evidence that two records are of one person (domain/match.ts). */
const evidence = wholeNumber(1, 100)

const everyone = z
  .string()
  .regex(/^everyone with role [a-z0-9][a-z0-9-]*$/, 'expected everyone with role NAME')

const weighted = z.union([everyone, z.record(repId, weight)])

const cap = wholeNumber(1, 100_000)

/** Which one of the first four keys a pool has says how it chooses (domain/policy/pools.ts). */
const pool = z.strictObject({
  turns: weighted.optional(),
  leastLoaded: weighted.optional(),
  capacity: z.record(repId, wholeNumber(1, 1000)).optional(),
  queue: z.union([everyone, z.array(repId).min(1, 'nobody can accept')]).optional(),
  acceptWithin: wait.optional(),
  then: target.optional(),
  afterLeave: z
    .string()
    .regex(/^(hold|catch up to \d{1,4} turns?)$/, 'expected hold, or catch up to N turns')
    .optional(),
  caps: z.strictObject({ open: cap.optional(), perDay: cap.optional(), perWeek: cap.optional() }).optional(),
  hours: z.enum(['any', 'only']).optional(),
})
export type PoolShape = z.infer<typeof pool>

const nobodyAvailable = z.union([
  z.enum(['next pool', 'next rule', 'assign now', 'review']),
  z.strictObject({ hold: wait }),
])
export type NobodyAvailableShape = z.infer<typeof nobodyAvailable>

const rule = z.strictObject({
  id: name,
  exception: z.boolean().optional(),
  when: condition,
  assign: target,
  backup: target.optional(),
  needs: z.array(text(100)).optional(),
  nobodyAvailable: nobodyAvailable.optional(),
  sla: z.string().optional(),
  rank: wholeNumber(1, 1000).optional(),
})

const assignment = z.strictObject({ assign: target, sla: z.string().optional() })

const onTimeout = z.union([
  z.enum(['keep separate', 'keep owner', 'reject']),
  z.strictObject({ assign: target }),
])

const reviewTerms = z.strictObject({
  when: condition.optional(),
  mode: z.enum(['assign and review', 'hold']).optional(),
  decides: decider.optional(),
  backup: decider.optional(),
  within: wait.optional(),
  onTimeout: onTimeout.optional(),
})

const reviewsByKind = {
  'missing-critical': reviewTerms.optional(),
  'ambiguous-rule': reviewTerms.optional(),
  'possible-duplicate': reviewTerms.optional(),
  'undeclared-source': reviewTerms.optional(),
  'nobody-available': reviewTerms.optional(),
  'high-value': reviewTerms.optional(),
  'ownership-claimed': reviewTerms.optional(),
  'policy-exception': reviewTerms.optional(),
} satisfies Record<ReviewKind, unknown>

/** What stands beside the kinds is the default of them all. */
const reviews = z.strictObject({
  decides: decider,
  backup: decider.optional(),
  within: wait.optional(),
  ...reviewsByKind,
})

const action = z.enum(['remind owner', 'tell manager', 're-route'])

const step = z.strictObject({ at: stepAt, do: z.union([action, z.array(action).min(1, 'nothing to do')]) })

const steps = z.array(step).max(20, 'more than 20 steps')

const clock = z.union([wait, z.strictObject({ within: wait, steps: steps.optional() })])

const sla = z.strictObject({
  like: z.string().optional(),
  clock: text(100).optional(),
  acknowledge: z.union([z.literal('none'), clock]).optional(),
  firstTouch: clock.optional(),
  stale: z.union([z.literal('none'), clock]).optional(),
  steps: steps.optional(),
  reRoutes: z.strictObject({ most: wholeNumber(0, 20), then: target }).optional(),
})

const template = z.strictObject({ subject: text(200), text: text(10_000) })

const letter = z.strictObject({
  by: z.literal('email'),
  template: z.string(),
  when: condition.optional(),
})

const campaign = z.strictObject({
  intent: wholeNumber(0, 100).optional(),
  notify: z.enum(['short', 'full']).optional(),
  team: z.enum(['short', 'full', 'off']).optional(),
  acknowledge: letter.optional(),
  meetingLink: letter.optional(),
})

const timeToAssign = z.strictObject({ within: wait, clock: text(100).optional(), tell: decider })

const pause = z.union([
  wait,
  z.strictObject({
    most: wait,
    clocks: z.array(z.enum(pausableClocks)).min(1, 'no clock would be paused').optional(),
  }),
])

const timeOfDay = String.raw`([01]\d|2[0-3]):[0-5]\d`

const reminders = z.strictObject({
  quiet: z
    .string()
    .regex(new RegExp(`^${timeOfDay}-${timeOfDay}$`), 'expected hours such as 20:00-07:30')
    .optional(),
  spread: duration.optional(),
})

const handoff = z.strictObject({
  from: name,
  to: name,
  required: z.array(fieldName).optional(),
  notes: z
    .string()
    .regex(/^at least \d{1,4} characters$/, 'expected at least N characters')
    .optional(),
  accept: wait,
  sla: z.string().optional(),
  assign: target.optional(),
  onTimeout: z.enum(['back', 'up']).optional(),
})

const reassign = z.strictObject({
  reasons: z.record(name, z.enum(['approve', 'ask'])),
  giveBack: z.array(name).optional(),
  decides: decider.optional(),
  backup: decider.optional(),
  within: wait.optional(),
  coolDown: duration.optional(),
})

export const policyShape = z.strictObject({
  policy: text(100),
  zone: zoneName,
  calendars: calendarsShape.optional(),
  lists: z.record(name, z.array(text(300)).max(10_000, 'more than 10000 companies')).optional(),
  companies: z.record(domainName, company).optional(),
  sources: z.record(name, source),
  score: z.array(z.strictObject({ name: text(100), add: points, when: condition })).optional(),
  qualify: z
    .strictObject({
      disqualified: condition.optional(),
      qualified: condition.optional(),
      giveBack: z.array(name).optional(),
    })
    .optional(),
  segments: z.record(name, condition).optional(),
  territories: z.record(name, condition).optional(),
  pools: z.record(poolId, pool),
  rules: z.array(rule).optional(),
  otherwise: z.union([target, assignment]),
  nobodyAvailable: nobodyAvailable.optional(),
  accounts: z.strictObject({ assign: target, backup: target, sla: z.string().optional() }).optional(),
  duplicates: z.strictObject({ merge: evidence, review: evidence }).optional(),
  timeToAssign: timeToAssign.optional(),
  reviews,
  slas: z.record(name, sla),
  /** The service level of every lead for which nothing names another. */
  sla: z.string().optional(),
  templates: z.record(name, template).optional(),
  campaigns: z.record(name, campaign),
  touches: z.array(z.enum(touchKinds)).min(1, 'no touch would stop a clock').optional(),
  pauses: z.record(name, pause).optional(),
  reminders: reminders.optional(),
  handoff: handoff.optional(),
  reassign: reassign.optional(),
  leave: z.strictObject({ touched: z.enum(['stay', 'move', 'pause']) }).optional(),
  reopen: z.strictObject({ within: wait }).optional(),
  publish: z.strictObject({ signOff: z.array(name) }).optional(),
  keep: z.strictObject({ leads: wait.optional(), submissions: wait.optional() }).optional(),
})
export type PolicyShape = z.infer<typeof policyShape>

/** What is left of a document when its wrong sections are taken out. */
export const policySections = policyShape.partial()
