/** A policy of forty rules with everything that the language has, for whoever says or draws it. */
import type { Policy } from '../../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import { years } from './a-policy-document.js'

const countries = ['GB', 'DE', 'FR', 'ES', 'IT', 'NL', 'US', 'CA', 'AU', 'PL']
const products = ['ledger', 'payroll', 'stock', 'till', 'tax', 'bank', 'plan', 'ship', 'audit', 'trade']
const pools = ['north', 'south', 'east', 'west']

const rules = [
  '{ id: vip, exception: true, when: { company: { in: list named } }, assign: ana, backup: closers, sla: hot }',
  '{ id: gold, exception: true, when: { source: partner, fields.tier: gold }, assign: partners, sla: hot }',
  '{ id: no-spam, when: { not: { emailDomain: free }, consent: true }, assign: north, nobodyAvailable: review, rank: 3 }',
  '{ id: certified, when: { service: repair, urgency: [high, now] }, assign: south, needs: [skill gas, language] }',
  ...countries.map(
    country =>
      `{ id: ${country.toLowerCase()}-large, when: { country: ${country}, segment: large }, assign: closers, sla: hot }`,
  ),
  ...countries.map(
    (country, index) =>
      `{ id: ${country.toLowerCase()}-any, when: { country: ${country} }, assign: ${pools[index % 4]} }`,
  ),
  ...products.map(
    (product, index) =>
      `{ id: ${product}, when: { product: ${product}, country: exists }, assign: ${pools[index % 2]}, backup: closers, sla: warm, needs: [product] }`,
  ),
  ...['BN', 'RH', 'SO'].map(
    area => `{ id: area-${area.toLowerCase()}, when: { country: GB, postcode: [${area}] }, assign: south }`,
  ),
  ...['10000..19999', '80'].map(
    (area, index) => `{ id: de-${index}, when: { territory: germany, postcode: [${area}] }, assign: east }`,
  ),
  '{ id: named-account, when: { account: exists, accountTier: [gold, silver] }, assign: account owner, backup: dora }',
]

const document = `
policy: Forty rules
zone: Europe/London
calendars:
  emergency: { zone: Europe/London, hours: 24/7 }
  office: { zone: Europe/London, hours: { mon-thu: [09:00-12:00, 13:00-17:30], fri: 22:00-06:00 }, holidays: [2026-12-24] }
sources:
  contact-form: { campaign: general, required: [email], critical: [email, phone], fields: [start],
    form: { title: Ask us, fields: [product, { name: start, label: When?, type: date }] } }
  partner: { campaign: partner, fields: [tier] }
  old-list: { campaign: general, rollout: shadow }
campaigns:
  general: { intent: 20, acknowledge: { by: email, template: thanks, when: { language: de } } }
  partner: { notify: full, team: off, meetingLink: { by: email, template: book, when: { score: ">= 40" } } }
templates:
  thanks: { subject: 'Dear {{firstName}}', text: 'We write within {{contactWithin}}.' }
  book: { subject: 'Meet {{ownerName}}', text: 'Here: {{meetingLink}}.' }
lists: { named: [Globex, Initech] }
companies: { globex.example: { company: Globex, industry: steel, employees: 12000, country: US } }
score:
  - { name: large, add: 40, when: { employees: ">= 1000" } }
  - { name: private address, add: -20, when: { any: [{ emailDomain: free }, { language: de }] } }
qualify: { qualified: { score: ">= 40" }, disqualified: { emailDomain: disposable }, giveBack: [spam, review] }
segments: { large: { employees: ">= 1000" }, middle: { employees: 100..999 }, other: { otherwise: true } }
territories:
  germany: { country: DE, manager: max }
  bavaria: { within: germany, region: DE-BY }
pools:
  north: { turns: { ana: 100, ben: 50, cy: 50 }, caps: { open: 40, perDay: 10, perWeek: 30 }, hours: only }
  south: { leastLoaded: { dee: 100, eli: 50 }, afterLeave: catch up to 5 turns }
  east: { capacity: { fay: 40, gus: 20 } }
  west: { queue: [hal, ida], acceptWithin: 30m, then: anyone }
  closers: { turns: { dora: 3, kim: 2, zoe: 0 } }
  partners: { turns: { lea: 1 } }
  anyone: { turns: everyone with role sdr }
accounts: { assign: account owner, backup: closers, sla: hot }
rules:
${rules.map(rule => `  - ${rule}`).join('\n')}
otherwise: anyone
nobodyAvailable: { hold: 4h }
duplicates: { merge: 85, review: 55 }
reviews:
  decides: role sales-ops
  backup: vera
  undeclared-source: { onTimeout: reject }
  missing-critical: { decides: manager of territory, onTimeout: { assign: vera } }
  high-value: { when: { score: ">= 40" }, decides: manager of owner }
  ownership-claimed: { decides: role sales-ops, onTimeout: { assign: vera } }
timeToAssign: { within: 15m, clock: calendar office, tell: vera }
touches: [call, meeting, crm-activity]
pauses: { waiting-for-prospect: { most: 5d, clocks: [firstTouch, stale] }, legal: 36h }
reminders: { quiet: "20:00-07:30", spread: 2m }
leave: { touched: move }
reopen: { within: 30d }
slas:
  hot:
    clock: calendar office
    acknowledge: { within: 5m, steps: [{ at: 2m, do: remind owner }] }
    firstTouch: { within: 30m, steps: [{ at: 50%, do: remind owner }, { at: 100% + 30m, do: [tell manager, re-route] }] }
    stale: { within: 40h, steps: [{ at: 100%, do: remind owner }, { at: 100% + 8h, do: re-route }] }
    reRoutes: { most: 2, then: vera }
  warm: { like: hot, clock: always, firstTouch: 2h, stale: none }
  normal: { firstTouch: { within: 4h, steps: [{ at: 100% - 1h, do: remind owner }] } }
sla: normal
handoff: { from: sdr, to: ae, required: [budget, need], notes: at least 40 characters, accept: 4h, assign: closers, onTimeout: up }
reassign: { reasons: { mistake: approve, capacity: ask }, giveBack: [mistake], coolDown: 2d }
publish: { signOff: [sales-ops, manager] }
keep: { leads: 730d, submissions: 90d }
`

export function fortyRules(): Policy {
  const parsed = parsePolicy(document, 'forty.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'forty.yaml'))
  return parsed.policy
}
