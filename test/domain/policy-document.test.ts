import { describe, expect, it } from 'vitest'
import type { Condition } from '../../domain/condition.js'
import { reviewKinds } from '../../domain/policy.js'
import { errorsOf, policyOf, policyWith } from './a-policy-document.js'

function conditionOf(when: string): Condition | undefined {
  return policyOf(`rules: [{ id: it, when: ${when}, assign: sdr }]`).rules[0]?.when
}

const country = (...values: string[]): Condition => ({ kind: 'oneOf', field: 'country', values })
const exists = (field: string): Condition => ({ kind: 'exists', field })
const postcodeAreas = (...prefixes: string[]): Condition => ({ kind: 'prefix', field: 'postcode', prefixes })
const postcodes = (from: string, to: string): Condition => ({
  kind: 'textRange',
  field: 'postcode',
  from,
  to,
})
const all = (...of: Condition[]): Condition => ({ kind: 'all', of })
const any = (...of: Condition[]): Condition => ({ kind: 'any', of })
const not = (of: Condition): Condition => ({ kind: 'not', of })
const between = (
  field: string,
  min: number | null,
  max: number | null,
  includes: [boolean, boolean],
): Condition => ({
  kind: 'range',
  field,
  min,
  minIncluded: includes[0],
  max,
  maxIncluded: includes[1],
})

describe('a condition in a policy', () => {
  const cases: [sentence: string, when: string, condition: Condition][] = [
    ['names a value', '{ country: GB }', country('GB')],
    ['lists values', '{ country: [DE, AT] }', country('DE', 'AT')],
    ['may write a country small', '{ country: de }', country('DE')],
    ['takes Norway for a country', '{ country: NO }', country('NO')],
    ['wants all its fields', '{ country: GB, account: exists }', all(country('GB'), exists('account'))],
    ['asks for what is missing', '{ country: missing }', not(exists('country'))],
    ['names a number', '{ employees: 5 }', { kind: 'oneOf', field: 'employees', values: [5] }],
    ['says at least', '{ employees: ">= 1000" }', between('employees', 1000, null, [true, false])],
    ['says more than', '{ score: "> 5" }', between('score', 5, null, [false, false])],
    ['says less than', '{ score: "<3" }', between('score', null, 3, [false, false])],
    ['says at most', '{ score: "<= -3.5" }', between('score', null, -3.5, [false, true])],
    ['says from and to', '{ employees: 100..999 }', between('employees', 100, 999, [true, true])],
    ['says from and to below nought', '{ score: -10..-5 }', between('score', -10, -5, [true, true])],
    [
      'compares an extra field',
      '{ fields.intent: ">= 80" }',
      between('fields.intent', 80, null, [true, false]),
    ],
    ['sets a flag', '{ consent: true }', { kind: 'oneOf', field: 'consent', values: [true] }],
    ['names a postcode area', '{ postcode: BN }', postcodeAreas('BN')],
    ['names postcode areas in any case', '{ postcode: [bn, sw1] }', postcodeAreas('BN', 'SW1')],
    ['keeps the nought at the front of a postcode', '{ postcode: [01, 80] }', postcodeAreas('01', '80')],
    ['names a range of postcodes', '{ postcode: 10000..19999 }', postcodes('10000', '19999')],
    [
      'mixes areas and ranges of postcodes',
      '{ postcode: [10, 20000..20999, 01000..01999] }',
      any(postcodeAreas('10'), postcodes('20000', '20999'), postcodes('01000', '01999')),
    ],
    ['may say that postcodes start with something', '{ postcode: { startsWith: BN } }', postcodeAreas('BN')],
    [
      'says how a text starts',
      '{ product: { startsWith: [Ledger, Pay] } }',
      { kind: 'prefix', field: 'product', prefixes: ['Ledger', 'Pay'] },
    ],
    ['looks a company up', '{ company: { in: list named } }', { kind: 'onList', list: 'named' }],
    ['says what a field is not', '{ country: { not: [GB, IE] } }', not(country('GB', 'IE'))],
    [
      'says what list a company is not on',
      '{ company: { not: { in: list named } } }',
      not({ kind: 'onList', list: 'named' }),
    ],
    [
      'nests all, any and not',
      '{ any: [{ country: GB }, { all: [{ country: DE }, { not: { account: exists } }] }] }',
      any(country('GB'), all(country('DE'), not(exists('account')))),
    ],
  ]
  it.each(cases)('%s: %s', (_sentence, when, condition) => expect(conditionOf(when)).toEqual(condition))
})

describe('a policy', () => {
  it('may leave out everything that has a usual answer', () => {
    const policy = policyOf()
    const pool = { kind: 'pool', pool: 'sdr' }
    const decides = { kind: 'role', role: 'sales-ops' }
    const usual = { when: null, decides, backup: decides, withinMs: 7_200_000 }
    expect(policy.otherwise).toEqual({ assign: pool, sla: 'normal' })
    expect(policy.duplicates).toEqual({ merge: 90, review: 60 })
    expect(policy.qualify).toEqual({ disqualified: null, qualified: null })
    expect(policy.reviews).toEqual({
      'missing-critical': { ...usual, onTimeout: { kind: 'assign', target: pool } },
      'ambiguous-rule': { ...usual, onTimeout: { kind: 'assign', target: pool } },
      'possible-duplicate': { ...usual, onTimeout: { kind: 'keepSeparate' } },
      'undeclared-source': { ...usual, onTimeout: { kind: 'assign', target: pool } },
      'nobody-available': { ...usual, onTimeout: { kind: 'assign', target: pool } },
      'high-value': { ...usual, onTimeout: { kind: 'keepOwner' } },
      'policy-exception': { ...usual, onTimeout: { kind: 'assign', target: pool } },
      'ownership-claimed': {
        ...usual,
        decides: { kind: 'managerOfOwner' },
        onTimeout: { kind: 'keepOwner' },
      },
    })
    expect(Object.keys(policy.reviews).sort()).toEqual([...reviewKinds].sort())
    expect(policy.reassign).toEqual({
      reasons: { other: 'ask' },
      decides: { kind: 'managerOfOwner' },
      backup: decides,
      withinMs: 7_200_000,
      coolDownMs: 0,
    })
    expect(policy.timeToAssign).toBeNull()
    expect(policy.touches).toEqual(['call', 'email', 'meeting', 'message', 'crm-activity'])
    expect(policy.pauses).toEqual({})
    expect(policy.reminders).toEqual({ quiet: null, spreadMs: 0 })
    expect([policy.leave, policy.reopen]).toEqual([{ touched: 'stay' }, null])
    expect([policy.accounts, policy.handoff, policy.rules, policy.score]).toEqual([null, null, [], []])
  })

  it('is plain JSON', () => {
    const policy = policyOf('rules: [{ id: it, when: { score: ">= 5" }, assign: account owner }]')
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy)
  })

  it('sends a lead to a pool, a person, the owner of the account or the manager of the owner', () => {
    const targets = ['sdr', 'gina', 'account owner', 'manager of owner']
    const rules = targets.map(
      (target, index) => `  - { id: r${index}, when: { country: GB }, assign: ${target} }`,
    )
    expect(policyOf(`rules:\n${rules.join('\n')}`).rules.map(({ assign }) => assign)).toEqual([
      { kind: 'pool', pool: 'sdr' },
      { kind: 'rep', rep: 'gina' },
      { kind: 'accountOwner' },
      { kind: 'managerOfOwner' },
    ])
  })

  it('fills in what a rule leaves out', () => {
    const [plain, full] = policyOf(
      `rules:
  - { id: plain, when: { country: GB }, assign: sdr }
  - { id: full, exception: true, when: { country: GB }, assign: sdr, backup: gina, sla: hot, rank: 2 }`,
    ).rules
    expect(plain).toMatchObject({ exception: false, backup: null, sla: 'normal', rank: null })
    expect(full).toMatchObject({ exception: true, backup: { kind: 'rep', rep: 'gina' }, sla: 'hot', rank: 2 })
  })

  it('needs no default where there is one service level', () => {
    const text = policyWith('slas: { only: { firstTouch: 1h } }').replace('\nsla: normal', '')
    expect(errorsOf(text)).toEqual([])
  })

  it('keeps the segments in their order, the rest of the world last', () => {
    expect(policyOf().segments).toEqual([
      { id: 'large', when: between('employees', 1000, null, [true, false]) },
      { id: 'small', when: { kind: 'always' } },
    ])
  })

  it('has its lists in the keys by which companies are known', () => {
    expect(
      policyOf('lists: { named: [Globex Corp., "mail.acme.co.uk", Société Générale S.A.] }').lists,
    ).toEqual({
      named: ['globex', 'acme.co.uk', 'societe generale'],
    })
  })

  it('has the holidays of its calendars as dates of the years that it is loaded for', () => {
    const { calendars } = policyOf(
      `calendars:
  uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30, sat: [09:00-12:00, "13:00-14:00"] }, holidays: [GB-ENG, 2026-12-24] }
  night: { zone: UTC, hours: { fri-mon: 22:00-06:00 } }
  always: { zone: UTC, hours: 24/7 }`,
    )
    const day = [['09:00', '17:30']]
    const sat = [
      ['09:00', '12:00'],
      ['13:00', '14:00'],
    ]
    expect(calendars.uk?.hours).toEqual({ mon: day, tue: day, wed: day, thu: day, fri: day, sat })
    expect(calendars.uk?.holidays.filter(date => date >= '2026-12-01' && date < '2027-01-31')).toEqual([
      '2026-12-24',
      '2026-12-25',
      '2026-12-26',
      '2026-12-28',
      '2027-01-01',
    ])
    expect(calendars.uk?.holidays.map(date => date.slice(0, 4))).not.toContain('2025')
    expect(Object.keys(calendars.night?.hours ?? {}).sort()).toEqual(['fri', 'mon', 'sat', 'sun'])
    expect(calendars.always?.hours.sun).toEqual([['00:00', '24:00']])
  })

  it('gives a service level the steps of the whole, unless a clock has its own', () => {
    const { slas } = policyOf(
      `slas:
  hot:
    clock: calendar uk
    acknowledge: 5m
    firstTouch: { within: 30m, steps: [{ at: 10m, do: tell manager }] }
    steps: [{ at: 50%, do: remind owner }, { at: 100% + 30m, do: [tell manager, re-route] }]
    reRoutes: { most: 2, then: manager of owner }
  normal: { like: hot, clock: always, acknowledge: none, firstTouch: 4h }
  mild: { like: normal, acknowledge: 1h, steps: [] }`,
      'calendars: { uk: { zone: Europe/London, hours: { mon: 09:00-17:00 } } }',
    )
    const steps = [
      { at: { fraction: 0.5, offsetMs: 0 }, do: ['remindOwner'] },
      { at: { fraction: 1, offsetMs: 1_800_000 }, do: ['tellManager', 'reRoute'] },
    ]
    const reRoutes = { most: 2, then: { kind: 'managerOfOwner' } }
    expect(slas.hot).toEqual({
      clock: { kind: 'calendar', calendar: 'uk' },
      acknowledge: { withinMs: 300_000, steps },
      firstTouch: {
        withinMs: 1_800_000,
        steps: [{ at: { fraction: null, offsetMs: 600_000 }, do: ['tellManager'] }],
      },
      stale: null,
      reRoutes,
    })
    expect(slas.normal).toEqual({
      clock: { kind: 'always' },
      acknowledge: null,
      firstTouch: { withinMs: 14_400_000, steps },
      stale: null,
      reRoutes,
    })
    expect(slas.mild).toMatchObject({
      clock: { kind: 'always' },
      acknowledge: { withinMs: 3_600_000, steps: [] },
      firstTouch: { withinMs: 14_400_000, steps: [] },
    })
  })

  it('puts the text of a template into the campaigns that name it', () => {
    const { campaigns } = policyOf(
      'templates: { thanks: { subject: "Hello {{ firstName }}", text: "{{company}}, {{replyTo}}" } }',
      'campaigns: { general: { acknowledge: { by: email, template: thanks } }, fairs: { notify: full } }',
    )
    const template = { subject: 'Hello {{firstName}}', text: '{{company}}, {{replyTo}}' }
    expect(campaigns).toEqual({
      general: {
        intent: 0,
        notify: 'short',
        team: 'short',
        acknowledge: { by: 'email', template, when: null },
        meetingLink: null,
      },
      fairs: { intent: 0, notify: 'full', team: 'short', acknowledge: null, meetingLink: null },
    })
  })

  it('says which sources have a public form, and what it asks in which order', () => {
    const { sources } = policyOf(`sources:
  form:
    campaign: general
    fields: [startBy, seats]
    form:
      title: See it at work
      fields: [{ name: seats, label: "How many seats?", type: number }, product, startBy, { name: city, label: Town }]
  list: { campaign: fairs, form: true }
  silent: { campaign: fairs, form: false }
  older: { campaign: fairs }`)
    expect(sources.form?.form).toEqual({
      title: 'See it at work',
      fields: [
        { name: 'fields.seats', label: 'How many seats?', type: 'number' },
        { name: 'product', label: null, type: 'text' },
        { name: 'fields.startBy', label: null, type: 'text' },
        { name: 'city', label: 'Town', type: 'text' },
      ],
    })
    expect(sources.list?.form).toEqual({ title: null, fields: [] })
    expect([sources.silent?.form, sources.older?.form]).toEqual([null, null])
  })

  it('says for which reasons a turn is given back, and for none where it says nothing', () => {
    expect(policyOf().giveBack).toEqual({ disqualified: [], reassigned: [] })
    const { giveBack, qualify } = policyOf(
      'qualify: { disqualified: { emailDomain: disposable }, giveBack: [spam] }',
      'reassign: { reasons: { mistake: approve }, giveBack: [mistake] }',
    )
    expect(giveBack).toEqual({ disqualified: ['spam'], reassigned: ['mistake'] })
    expect(Object.keys(qualify)).toEqual(['disqualified', 'qualified'])
  })

  it('says what a handoff needs and how a reassignment is decided', () => {
    const { handoff, reassign } = policyOf(
      'handoff: { from: sdr, to: ae, required: [budget], notes: at least 40 characters, accept: 4h, sla: hot }',
      'reassign: { reasons: { capacity: ask, mistake: approve }, decides: gina, within: 30m }',
    )
    expect(handoff).toEqual({
      fromRole: 'sdr',
      toRole: 'ae',
      required: ['budget'],
      notesAtLeast: 40,
      acceptWithinMs: 14_400_000,
      sla: 'hot',
      assign: null,
      onTimeout: 'back',
    })
    expect(reassign).toMatchObject({ decides: { kind: 'rep', rep: 'gina' }, withinMs: 1_800_000 })
  })

  it('says to whom a handoff goes by itself, and when one may ask again', () => {
    const { handoff, reassign } = policyOf(
      'handoff: { from: sdr, to: ae, accept: 4h, sla: hot, assign: sdr, onTimeout: up }',
      'reassign: { reasons: { capacity: ask }, coolDown: 1d }',
    )
    expect(handoff).toMatchObject({ assign: { kind: 'pool', pool: 'sdr' }, onTimeout: 'up' })
    expect(reassign.coolDownMs).toBe(86_400_000)
  })

  it('says what stops a clock, what pauses it and when nobody is reminded', () => {
    const policy = policyOf(
      'calendars: { uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 } } }',
      'timeToAssign: { within: 15m, clock: calendar uk, tell: gina }',
      'touches: [call]',
      'pauses: { prospect: 5d, legal: { most: 1d, clocks: [stale] } }',
      'reminders: { quiet: "20:00-07:30", spread: 2m }',
      'leave: { touched: pause }',
      'reopen: { within: 30d }',
    )
    expect(policy.timeToAssign).toEqual({
      withinMs: 900_000,
      clock: { kind: 'calendar', calendar: 'uk' },
      tell: { kind: 'rep', rep: 'gina' },
    })
    expect(policy.touches).toEqual(['call'])
    expect(policy.pauses).toEqual({
      prospect: { clocks: ['acknowledge', 'firstTouch', 'stale'], mostMs: 432_000_000 },
      legal: { clocks: ['stale'], mostMs: 86_400_000 },
    })
    expect(policy.reminders).toEqual({ quiet: { fromMinute: 1_200, toMinute: 450 }, spreadMs: 120_000 })
    expect([policy.leave, policy.reopen]).toEqual([{ touched: 'pause' }, { withinMs: 2_592_000_000 }])
  })

  it('says how hot a campaign is, what its team hears and who may book a time', () => {
    const { campaigns } = policyOf(
      'templates: { thanks: { subject: Hello, text: Thanks }, book: { subject: "Meet {{ownerName}}", text: "{{meetingLink}}" } }',
      `campaigns:
  general: { intent: 30, team: full, acknowledge: { by: email, template: thanks, when: { language: de } } }
  fairs: { team: off, meetingLink: { by: email, template: book, when: { score: ">= 40", segment: large, territory: uk, qualification: qualified } } }`,
    )
    expect(campaigns.general).toMatchObject({
      intent: 30,
      team: 'full',
      acknowledge: { when: { kind: 'oneOf', field: 'language', values: ['de'] } },
      meetingLink: null,
    })
    expect(campaigns.fairs).toMatchObject({
      intent: 0,
      team: 'off',
      acknowledge: null,
      meetingLink: {
        by: 'email',
        template: { subject: 'Meet {{ownerName}}', text: '{{meetingLink}}' },
        when: { kind: 'all' },
      },
    })
  })

  it('lets a service level have the staleness of another, or none', () => {
    const { slas } = policyOf(
      `slas:
  hot: { firstTouch: 1h, stale: { within: 40h, steps: [{ at: 50%, do: tell manager }] } }
  normal: { like: hot, firstTouch: 4h }
  mild: { like: hot, stale: none }`,
      'sla: normal',
    )
    const steps = [{ at: { fraction: 0.5, offsetMs: 0 }, do: ['tellManager'] }]
    expect(slas.normal?.stale).toEqual({ withinMs: 144_000_000, steps })
    expect(slas.mild?.stale).toBeNull()
  })

  it('lets whoever decides claims be somebody else, and a claim end with a target', () => {
    const { reviews } = policyOf(
      'reviews: { decides: olga, ownership-claimed: { decides: role boss, backup: manager of owner, within: 1h, onTimeout: { assign: ae } } }',
    )
    expect(reviews['ownership-claimed']).toEqual({
      when: null,
      decides: { kind: 'role', role: 'boss' },
      backup: { kind: 'managerOfOwner' },
      withinMs: 3_600_000,
      onTimeout: { kind: 'assign', target: { kind: 'pool', pool: 'ae' } },
    })
  })

  it('gives staleness steps of its own, since the others are about a lead that nobody has touched', () => {
    const { slas } = policyOf(
      'slas: { normal: { firstTouch: 4h, stale: 5d, steps: [{ at: 50%, do: re-route }], reRoutes: { most: 1, then: gina } } }',
    )
    expect(slas.normal?.stale).toEqual({
      withinMs: 432_000_000,
      steps: [{ at: { fraction: 1, offsetMs: 0 }, do: ['remindOwner', 'tellManager'] }],
    })
  })
})
