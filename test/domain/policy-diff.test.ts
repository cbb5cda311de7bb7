import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repId } from '../../domain/ids.js'
import type { Policy } from '../../domain/policy.js'
import { diffPolicies } from '../../domain/policy-diff.js'
import { policyOf } from './a-policy-document.js'

const sentences = (before: Policy, after: Policy) =>
  diffPolicies(before, after).map(({ sentence }) => sentence)

/** A section as it was and as it is now; everything else of the two policies is the same. */
const edits: readonly [section: string, before: string, after: string, said: string[]][] = [
  ['policy', 'Test', 'Sales', ['name Test → Sales']],
  ['zone', 'Europe/London', 'Europe/Paris', ['time zone Europe/London → Europe/Paris']],
  [
    'pools',
    '{ sdr: { turns: { ana: 100, ben: 1 } }, ae: { turns: everyone with role ae } }',
    '{ sdr: { turns: { ana: 50, ben: 1 } }, ae: { turns: everyone with role sdr } }',
    ["pool sdr: ana's weight 100 → 50", 'pool ae: members everyone with role ae → everyone with role sdr'],
  ],
  [
    'pools',
    '{ sdr: { turns: { ana: 100, ben: 1 } } }',
    '{ sdr: { turns: { ana: 100, cleo: 30 } } }',
    ['pool sdr: ben leaves', 'pool sdr: cleo joins with weight 30'],
  ],
  [
    'pools',
    '{ sdr: { turns: { ana: 1 }, caps: { open: 40 } } }',
    '{ sdr: { leastLoaded: { ana: 1 }, caps: { perDay: 5 }, hours: only, afterLeave: catch up to 3 turns } }',
    [
      'pool sdr: chooses by fair turns → the fewest open leads',
      'pool sdr: after leave nothing accrues → catches up to 3 turns',
      'pool sdr: open leads at most 40 → no limit',
      'pool sdr: leads a day at most no limit → 5',
      'pool sdr: takes members at any hour → only who is within their hours',
    ],
  ],
  [
    'pools',
    '{ sdr: { queue: [ana, ben], acceptWithin: 30m, then: ae }, ae: { capacity: { dora: 40 } } }',
    '{ sdr: { queue: [ana, ben], acceptWithin: 90m, then: dora }, ae: { capacity: { dora: 30 } } }',
    [
      'pool sdr: to be accepted within 30 min → 1 h 30 min',
      'pool sdr: when nobody accepts pool ae → dora',
      "pool ae: dora's capacity 40 → 30",
    ],
  ],
  [
    'rules',
    '[{ id: uk, when: { country: GB, employees: ">= 10" }, assign: sdr }]',
    '[{ id: uk, when: { country: [GB, IE], employees: ">= 10" }, assign: sdr }]',
    ['rule uk: country is GB → country is GB or IE'],
  ],
  [
    'rules',
    '[{ id: uk, when: { country: GB }, assign: sdr }]',
    '[{ id: uk, when: { country: GB, language: en }, assign: sdr, needs: [language, skill boilers] }]',
    [
      'rule uk: now also asks that language is en',
      "rule uk: now also needs the lead's language and the skill boilers",
    ],
  ],
  [
    'rules',
    '[{ id: uk, when: { country: GB }, assign: sdr, needs: [product] }]',
    '[{ id: uk, when: { country: GB }, assign: ana, backup: sdr, rank: 2, sla: hot, nobodyAvailable: { hold: 4h } }]',
    [
      'rule uk: assigns to pool sdr → ana',
      'rule uk: else to nobody → pool sdr',
      "rule uk: no longer needs the skill for the lead's product",
      'rule uk: when nobody is available as the policy says → held for 4 h at most',
      'rule uk: SLA normal → hot',
      'rule uk: rank none → 2',
    ],
  ],
  [
    'rules',
    '[{ id: a, exception: true, when: { country: GB }, assign: sdr }, { id: b, exception: true, when: { country: IE }, assign: sdr }, { id: c, exception: true, when: { country: FR }, assign: sdr }]',
    '[{ id: c, exception: true, when: { country: FR }, assign: sdr }, { id: a, exception: true, when: { country: GB }, assign: sdr }, { id: b, exception: true, when: { country: IE }, assign: sdr }]',
    ['rule c moved before a (exceptions)'],
  ],
  [
    'rules',
    '[{ id: a, when: { country: GB }, assign: sdr }, { id: b, when: { country: IE }, assign: sdr }, { id: c, when: { country: FR }, assign: sdr }]',
    '[{ id: b, when: { country: IE }, assign: sdr }, { id: c, when: { country: FR }, assign: sdr }, { id: a, when: { country: GB }, assign: sdr }]',
    ['rule a moved to the end (its place decides nothing)'],
  ],
  [
    'rules',
    '[{ id: a, when: { country: GB }, assign: sdr }]',
    '[{ id: b, exception: true, when: { country: IE }, assign: ana, backup: ae, needs: [language], rank: 2 }]',
    [
      'rule a is gone',
      "rule b is new: exception, country is IE, to ana, else pool ae, SLA normal, needs the lead's language, rank 2",
    ],
  ],
  [
    'slas',
    '{ hot: { firstTouch: 30m }, normal: { firstTouch: 4h, acknowledge: 30m } }',
    '{ hot: { firstTouch: 20m, clock: always, acknowledge: 5m }, normal: { firstTouch: 4h } }',
    [
      'SLA hot: clock business hours of the owner → always',
      'SLA hot: acknowledgement none → 5 min',
      'SLA hot: first touch 30 min → 20 min',
      'SLA normal: acknowledgement 30 min → none',
    ],
  ],
  [
    'slas',
    '{ normal: { firstTouch: { within: 2d, steps: [{ at: 50%, do: remind owner }] } }, hot: { firstTouch: 30m } }',
    '{ normal: { firstTouch: { within: 2d, steps: [{ at: 50%, do: tell manager }, { at: 100% + 30m, do: [remind owner, re-route] }] }, reRoutes: { most: 2, then: ana } }, hot: { firstTouch: 30m } }',
    [
      'SLA normal: now also has for the first touch at 50% tell manager and at 100% + 30 min remind owner and re-route; no longer has for the first touch at 50% remind owner',
      'SLA normal: re-routes at most 0 → 2',
      'SLA normal: after the last re-route the manager of the owner → ana',
    ],
  ],
  [
    'sources',
    '{ form: { campaign: general, fields: [intent], required: [email], form: true } }',
    '{ form: { campaign: fairs, fields: [intent, seats], critical: [email], rollout: shadow, form: { title: Hello, fields: [seats] } } }',
    [
      'source form: campaign general → fairs',
      'source form: rollout on → shadow',
      'source form: no longer requires email',
      'source form: now also has a review without email',
      'source form: now also declares seats',
      'source form, the public form: title nothing → "Hello"',
      'source form, the public form: asks the usual questions → fields.seats',
    ],
  ],
  [
    'score',
    '[{ name: large, add: 40, when: { employees: ">= 1000" } }, { name: free mail, add: -5, when: { emailDomain: free } }]',
    '[{ name: large, add: 20, when: { employees: ">= 500" } }, { name: known, add: 5, when: { account: exists } }]',
    [
      'criterion large: adds +40 → +20',
      'criterion large: employees is at least 1000 → employees is at least 500',
      'criterion free mail is gone',
      'criterion known is new: +5 when account is known',
    ],
  ],
  [
    'qualify',
    '{ qualified: { employees: exists } }',
    '{ qualified: { employees: ">= 5" }, disqualified: { emailDomain: disposable }, giveBack: [spam] }',
    [
      'disqualified: no lead → email domain is disposable',
      'qualified: employees is known → employees is at least 5',
      'turns: now also are given back when the lead is closed as spam',
    ],
  ],
  [
    'segments',
    '{ large: { employees: ">= 1000" }, middle: { employees: ">= 10" }, small: { otherwise: true } }',
    '{ middle: { employees: ">= 10" }, large: { employees: ">= 1000" }, small: { country: GB } }',
    ['segment small: every lead → country is GB', 'segment middle moved before large'],
  ],
  [
    'territories',
    '{ uk: { country: GB }, south: { country: GB, postcode: BN } }',
    '{ uk: { country: GB, manager: maria }, south: { within: uk, postcode: [BN, RH] } }',
    [
      'territory uk: managed by nobody → maria',
      'territory south: postcode begins with BN → postcode begins with BN or RH',
      'territory south: lies within nothing → uk',
    ],
  ],
  [
    'reviews',
    '{ decides: maria, nobody-available: { within: 1h } }',
    '{ decides: maria, nobody-available: { within: 2h, backup: role sales-ops, onTimeout: { assign: maria } }, high-value: { when: { score: ">= 90" }, decides: manager of territory } }',
    [
      'review nobody-available: then by maria → somebody with role sales-ops',
      'review nobody-available: within 1 h → 2 h',
      'review nobody-available: when nobody decides assigned to pool sdr → assigned to maria',
      'review high-value: no lead → score is at least 90',
      'review high-value: decided by maria → the manager of the territory',
    ],
  ],
  [
    'duplicates',
    '{ merge: 90, review: 60 }',
    '{ merge: 95, review: 50 }',
    ['duplicates: one lead from evidence 90 → 95', 'duplicates: reviewed from evidence 60 → 50'],
  ],
  [
    'lists',
    '{ named: [Globex] }',
    '{ named: [Globex, initech.com] }',
    ['list named: now also has initech.com'],
  ],
  [
    'companies',
    '{ acme.com: { employees: 5 }, old.com: {} }',
    '{ acme.com: { employees: 6, country: GB }, new.com: { company: New } }',
    [
      'company acme.com: employees 5 → 6',
      'company acme.com: country nothing → GB',
      'company old.com is gone',
      'company new.com is new: New',
    ],
  ],
  [
    'calendars',
    '{ uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 }, holidays: [2026-12-24] } }',
    '{ uk: { zone: Europe/London, hours: { mon-thu: 09:00-17:30, fri: [09:00-12:00, 13:00-16:00] }, holidays: [2026-12-24, 2026-12-31] } }',
    [
      'calendar uk: fri 09:00-17:30 → 09:00-12:00, 13:00-16:00',
      'calendar uk: now also is closed on 2026-12-31',
    ],
  ],
  [
    'otherwise',
    'sdr',
    '{ assign: ae, sla: hot }',
    [
      'otherwise: assigns to pool sdr → pool ae',
      'otherwise: SLA normal → hot',
      ...[
        'missing-critical',
        'ambiguous-rule',
        'undeclared-source',
        'nobody-available',
        'policy-exception',
      ].map(kind => `review ${kind}: when nobody decides assigned to pool sdr → assigned to pool ae`),
    ],
  ],
  ['nobodyAvailable', 'next pool', 'review', ['when nobody is available: the next pool → a review']],
  [
    'accounts',
    '{ assign: account owner, backup: ae }',
    '{ assign: account owner, backup: sdr, sla: hot }',
    ['rule for accounts: else to pool ae → pool sdr', 'rule for accounts: SLA normal → hot'],
  ],
  [
    'handoff',
    '{ from: sdr, to: ae, required: [budget], notes: at least 40 characters, accept: 4h }',
    '{ from: sdr, to: ae, required: [budget, need], notes: at least 10 characters, accept: 2h }',
    [
      'handoff: now also requires need',
      'handoff: characters of notes at least 40 → 10',
      'handoff: accepted within 4 h → 2 h',
    ],
  ],
  [
    'reassign',
    '{ reasons: { capacity: ask, mistake: ask } }',
    '{ reasons: { mistake: approve, other: ask }, giveBack: [mistake], within: 1h }',
    [
      'reassignment, reason mistake: a person is asked → approved at once',
      'reassignment: reason capacity is gone',
      'reassignment: reason other is new: a person is asked',
      'reassignment: within 2 h → 1 h',
      'turns: now also are given back when the lead is reassigned for mistake',
    ],
  ],
  [
    'handoff',
    '{ from: sdr, to: ae, accept: 4h }',
    '{ from: sdr, to: ae, accept: 4h, assign: ae, onTimeout: up }',
    ['handoff: offered to nobody → pool ae', 'handoff: when nobody answers it goes back → up'],
  ],
  [
    'reassign',
    '{ reasons: { other: ask } }',
    '{ reasons: { other: ask }, coolDown: 2d }',
    ['reassignment: asked again at once → after 2 d'],
  ],
  [
    'reviews',
    '{ decides: olga }',
    '{ decides: olga, ownership-claimed: { decides: olga, onTimeout: { assign: ae } } }',
    [
      'review ownership-claimed: decided by the manager of the owner → olga',
      'review ownership-claimed: when nobody decides kept by the owner → assigned to pool ae',
    ],
  ],
  [
    'timeToAssign',
    '{ within: 15m, tell: gina }',
    '{ within: 30m, tell: role sales-ops }',
    ['time to assign: within 15 min → 30 min', 'time to assign: tells gina → somebody with role sales-ops'],
  ],
  [
    'touches',
    '[call, email]',
    '[call, meeting]',
    ['clocks: now also are stopped by meeting; no longer are stopped by email'],
  ],
  [
    'pauses',
    '{ waiting: 5d, legal: 1d }',
    '{ waiting: { most: 2d, clocks: [stale] }, travel: { most: 3d, clocks: [firstTouch] } }',
    [
      'pause waiting: at most 5 d → 2 d',
      'pause waiting: no longer pauses acknowledge and firstTouch',
      'pause legal is gone',
      'pause travel is new: firstTouch, at most 3 d',
    ],
  ],
  [
    'reminders',
    '{ quiet: "20:00-07:30" }',
    '{ quiet: "21:00-07:30", spread: 2m }',
    ['reminders: quiet hours 20:00-07:30 → 21:00-07:30', 'reminders: are sent at once → over 2 min'],
  ],
  ['leave', '{ touched: move }', '{ touched: pause }', ['leave: leads that were touched move → pause']],
  ['reopen', '{ within: 20d }', '{ within: 30d }', ['reopening: within 20 d → 30 d']],
  [
    'slas',
    '{ hot: { firstTouch: 1h }, normal: { firstTouch: 4h, stale: 2h } }',
    '{ hot: { firstTouch: 1h, stale: { within: 8h, steps: [] } }, normal: { firstTouch: 4h, stale: 3h } }',
    ['SLA hot: staleness none → 8 h', 'SLA normal: staleness 2 h → 3 h'],
  ],
  [
    'campaigns',
    '{ general: {}, fairs: { intent: 10 } }',
    '{ general: { team: off }, fairs: { intent: 60, team: full } }',
    [
      "campaign general: the team's message short → off",
      'campaign fairs: intent 10 → 60',
      "campaign fairs: the team's message short → full",
    ],
  ],
  [
    'publish',
    '{ signOff: [sales-ops] }',
    '{ signOff: [sales-ops, manager] }',
    ['publishing: now also needs the sign-off of role manager'],
  ],
  [
    'keep',
    '{ leads: 730d }',
    '{ leads: 365d, submissions: 90d }',
    ['closed leads are kept 730 d → 365 d', 'raw submissions are kept for ever → 90 d'],
  ],
]

describe('the difference between two policies', () => {
  it.each(edits)('says of %s: %s → %s', (section, before, after, said) => {
    const found = sentences(policyOf(`${section}: ${before}`), policyOf(`${section}: ${after}`))
    expect(found.toSorted()).toEqual(said.toSorted())
  })

  it('says what a new optional section says, and that an old one is gone', () => {
    const accounts = policyOf('accounts: { assign: account owner, backup: ae, sla: hot }')
    expect(sentences(policyOf(), accounts)).toEqual([
      'rule for accounts is new: to the account owner, else pool ae, SLA hot',
    ])
    expect(sentences(accounts, policyOf())).toEqual(['rule for accounts is gone'])
  })

  it('shows of a letter only the lines that changed', () => {
    const letter = (text: string) =>
      policyOf(
        `templates: { thanks: { subject: Hello, text: ${JSON.stringify(text)} } }`,
        'campaigns: { general: { acknowledge: { by: email, template: thanks } }, fairs: {} }',
      )
    expect(
      sentences(
        letter('Dear {{firstName}},\n\nthanks.\n\nAcme'),
        letter('Dear {{firstName}},\n\nbest thanks!\n\nAcme'),
      ),
    ).toEqual(['campaign general, the letter to the prospect: text "thanks." → "best thanks!"'])
  })

  it('says which letters a campaign sends, and to whom', () => {
    const campaign = (says: string) =>
      policyOf(
        'templates: { thanks: { subject: Hello, text: Thanks }, book: { subject: Meet, text: "{{meetingLink}}" } }',
        `campaigns: { general: { ${says} }, fairs: {} }`,
      )
    const thanks = campaign('acknowledge: { by: email, template: thanks }')
    expect(
      sentences(thanks, campaign('acknowledge: { by: email, template: thanks, when: { language: de } }')),
    ).toEqual(['campaign general, the letter to the prospect: every lead → language is de'])
    expect(
      sentences(
        thanks,
        campaign('acknowledge: { by: email, template: thanks }, meetingLink: { by: email, template: book }'),
      ),
    ).toEqual(['campaign general: the letter with a way to book time is new: "Meet"'])
  })

  it('calls people by their names where these are known, and gives the place in the document', () => {
    const [change] = diffPolicies(
      policyOf('pools: { sdr: { turns: { ana: 100 } } }'),
      policyOf('pools: { sdr: { turns: { ana: 50 } } }'),
      rep => (rep === repId.parse('ana') ? 'Ana Lopez' : rep),
    )
    expect(change).toEqual({
      kind: 'changed',
      path: ['pools', 'sdr', 'turns', 'ana'],
      sentence: "pool sdr: Ana Lopez's weight 100 → 50",
    })
  })

  it('is nothing where values, parts of a condition and keys only stand in another order', () => {
    const one = policyOf(
      'rules: [{ id: uk, when: { country: [GB, IE], language: en }, assign: sdr, needs: [language, product] }]',
      'pools: { sdr: { turns: { ana: 2, ben: 1 } }, ae: { turns: { dora: 1 } } }',
    )
    const other = policyOf(
      'rules: [{ id: uk, when: { language: en, country: [IE, GB] }, assign: sdr, needs: [product, language] }]',
      'pools: { ae: { turns: { dora: 1 } }, sdr: { turns: { ben: 1, ana: 2 } } }',
    )
    expect(diffPolicies(one, other)).toEqual([])
  })

  it('tells fields apart that read the same', () => {
    const asking = (field: string) =>
      policyOf(
        'sources: { form: { campaign: general, fields: [country, intent] } }',
        `rules: [{ id: uk, when: { ${field}: GB }, assign: sdr }]`,
      )
    const [said] = sentences(asking('country'), asking('fields.country'))
    expect(said).toContain('"field":"country"')
    expect(said).toContain('"field":"fields.country"')
  })
})

describe('something that is only called otherwise', () => {
  const before = policyOf(
    'sources: { form: { campaign: general }, fair-list: { campaign: fairs } }',
    'pools: { sdr: { queue: [ana], then: ae }, ae: { turns: { dora: 1 } }, ops: { turns: { olga: 1 } } }',
    'calendars: { uk: { zone: Europe/London, hours: 24/7 } }',
    'slas: { hot: { firstTouch: 30m, clock: calendar uk }, normal: { firstTouch: 4h } }',
    'territories: { uk: { country: GB }, south: { within: uk, postcode: BN } }',
    'rules: [{ id: a, when: { segment: large, territory: south, source: fair-list, company: { in: list named } }, assign: ae, sla: hot }, { id: b, when: { campaign: fairs }, assign: ops }]',
    'timeToAssign: { within: 15m, clock: calendar uk, tell: olga }',
    'handoff: { from: caller, to: closer, accept: 4h, assign: ops, sla: normal }',
    'templates: { book: { subject: Meet, text: "{{meetingLink}}" } }',
    'campaigns: { general: {}, fairs: { meetingLink: { by: email, template: book, when: { segment: large, territory: south } } } }',
  )

  it.each([
    ['pool ae is now called closers', ['pools', 'ae', 'closers']],
    ['SLA hot is now called urgent', ['slas', 'hot', 'urgent']],
    ['territory uk is now called britain', ['territories', 'uk', 'britain']],
    ['territory south is now called coast', ['territories', 'south', 'coast']],
    ['segment large is now called enterprise', ['segments', 'large', 'enterprise']],
    ['source fair-list is now called csv', ['sources', 'fair-list', 'csv']],
    ['campaign fairs is now called events', ['campaigns', 'fairs', 'events']],
    ['list named is now called global', ['lists', 'named', 'global']],
    ['calendar uk is now called london', ['calendars', 'uk', 'london']],
    ['rule a is now called z', ['rules', 'a', 'z']],
  ])('%s, and nothing that refers to it has changed', (sentence, [section, from = '', to = '']) => {
    const text = JSON.stringify(before)
    // Each name stands for one thing here, but uk, which is a calendar and a territory.
    const renamed: Policy = JSON.parse(
      section === 'calendars'
        ? text
            .replace(`"calendars":{"${from}"`, `"calendars":{"${to}"`)
            .replaceAll(`"calendar":"${from}"`, `"calendar":"${to}"`)
        : section === 'territories' && from === 'uk'
          ? text
              .replace(`"territories":{"${from}"`, `"territories":{"${to}"`)
              .replace(`"within":"${from}"`, `"within":"${to}"`)
          : text.replaceAll(`"${from}"`, `"${to}"`),
    )
    expect(sentences(before, renamed)).toEqual([sentence])
  })

  it('is recognised together with what refers to it under a new name as well', () => {
    const renamed: Policy = JSON.parse(
      JSON.stringify(before)
        .replaceAll('"ae"', '"closers"')
        .replaceAll('"sdr"', '"starters"')
        .replaceAll('"hot"', '"urgent"'),
    )
    expect(sentences(before, renamed).toSorted()).toEqual([
      'SLA hot is now called urgent',
      'pool ae is now called closers',
      'pool sdr is now called starters',
    ])
  })

  it('is another thing when anything else of it changed', () => {
    expect(
      sentences(
        policyOf('pools: { sdr: { turns: { ana: 1 } }, old: { turns: { ben: 1 } } }'),
        policyOf(
          'pools: { sdr: { turns: { ana: 1 } }, new: { turns: { ben: 2 }, caps: { open: 40, perDay: 5 }, hours: only } }',
        ),
      ),
    ).toEqual([
      'pool old is gone',
      'pool new is new: ben (2), by fair turns, at most 40 open leads and 5 a day, within their hours only',
    ])
  })
})

/** Every key of the language, each at least once; no part of it twice the same object. */
const everything = copyOf(
  policyOf(
    'calendars: { uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 }, holidays: [2026-12-24] } }',
    'lists: { named: [Globex, initech.com] }',
    'companies: { acme.com: { company: Acme, industry: software, employees: 5, country: GB } }',
    'sources: { form: { campaign: general, required: [email], critical: [country], fields: [intent, startBy], form: { title: Hello, fields: [product, { name: startBy, label: When, type: date }] } }, list: { campaign: fairs, rollout: shadow } }',
    'score: [{ name: large, add: 40, when: { employees: ">= 1000" } }, { name: free, add: -5, when: { emailDomain: free } }]',
    'qualify: { qualified: { score: ">= 40" }, disqualified: { emailDomain: disposable }, giveBack: [spam] }',
    'segments: { large: { employees: ">= 1000" }, middle: { employees: 10..99 }, small: { otherwise: true } }',
    'territories: { uk: { country: GB, manager: maria }, south: { within: uk, postcode: [BN, 10000..19999] } }',
    'pools: { sdr: { turns: { ana: 2, ben: 1 }, caps: { open: 40, perDay: 10, perWeek: 30 }, hours: only, afterLeave: catch up to 5 turns }, ae: { turns: everyone with role ae }, desk: { queue: [ana, ben], acceptWithin: 30m, then: ae }, most: { capacity: { dora: 40 } }, least: { leastLoaded: { dora: 4 } } }',
    'rules: [{ id: a, exception: true, when: { company: { in: list named } }, assign: maria, backup: sdr, sla: hot }, { id: b, when: { any: [{ territory: south }, { not: { segment: [large, small] } }], fields.intent: exists, product: { startsWith: [Led] } }, assign: desk, needs: [language, product, skill boilers], nobodyAvailable: { hold: 4h }, rank: 3 }, { id: c, when: { consent: true }, assign: account owner, backup: manager of owner }]',
    'otherwise: { assign: sdr, sla: hot }',
    'nobodyAvailable: { hold: 2h }',
    'accounts: { assign: account owner, backup: ae, sla: hot }',
    'duplicates: { merge: 90, review: 60 }',
    'reviews: { decides: role sales-ops, backup: maria, within: 2h, high-value: { when: { score: ">= 90" }, decides: manager of owner, onTimeout: { assign: maria } }, ownership-claimed: { decides: maria, onTimeout: { assign: sdr } }, missing-critical: { onTimeout: reject } }',
    'slas: { hot: { clock: calendar uk, acknowledge: 5m, firstTouch: { within: 30m, steps: [{ at: 50%, do: remind owner }, { at: 100% - 1m, do: [tell manager, re-route] }, { at: 10m, do: remind owner }] }, stale: { within: 5d, steps: [{ at: 100%, do: remind owner }] }, reRoutes: { most: 2, then: maria } }, normal: { firstTouch: 4h, clock: always } }',
    'timeToAssign: { within: 15m, clock: calendar uk, tell: maria }',
    'touches: [call, email, crm-activity]',
    'pauses: { waiting: { most: 5d, clocks: [firstTouch, stale] }, legal: { most: 1d, clocks: [acknowledge] } }',
    'reminders: { quiet: "20:00-07:30", spread: 2m }',
    'leave: { touched: pause }',
    'reopen: { within: 30d }',
    'templates: { thanks: { subject: Thanks, text: "Hello {{firstName}}" }, book: { subject: Meet, text: "{{ownerName}}: {{meetingLink}}" } }',
    'campaigns: { general: { intent: 30, notify: short, team: full, acknowledge: { by: email, template: thanks, when: { language: de } }, meetingLink: { by: email, template: book, when: { score: ">= 40" } } }, fairs: { notify: full, team: off } }',
    'handoff: { from: sdr, to: ae, required: [budget, need], notes: at least 40 characters, accept: 4h, sla: hot, assign: most, onTimeout: up }',
    'reassign: { reasons: { capacity: ask, mistake: approve }, giveBack: [mistake], decides: manager of owner, backup: role sales-ops, within: 2h, coolDown: 1d }',
    'publish: { signOff: [sales-ops, manager] }',
    'keep: { leads: 730d, submissions: 90d }',
  ),
)

function copyOf(policy: Policy): Policy {
  return JSON.parse(JSON.stringify(policy))
}

type Step = string | number
type Leaf = { path: readonly Step[]; value: string | number | boolean }

/** What says which kind of thing this is, and what it is called by: other edits change these as a whole. */
const fixed = ['kind', 'by', 'id', 'name']

function leavesOf(value: unknown, path: readonly Step[] = []): Leaf[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return fixed.includes(String(path.at(-1))) && path.at(-2) !== 'fields' ? [] : [{ path, value }]
  if (Array.isArray(value)) return value.flatMap((item, at) => leavesOf(item, [...path, at]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]))
}

function arraysOf(value: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([key, item]) => arraysOf(item, [...path, key]))
  return Array.isArray(value) && value.length > 0 ? [path, ...inside] : inside
}

/** The policy with one thing in it other than it was. */
function edited(path: readonly Step[], edit: (owner: Record<string, unknown>, key: string) => void): Policy {
  const copy = copyOf(everything)
  const owner = path.slice(0, -1).reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), copy)
  if (isRecord(owner)) edit(owner, String(path.at(-1)))
  return copy
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

const sectionOf = (path: readonly Step[]) =>
  path[0] === 'giveBack' ? (path[1] === 'disqualified' ? 'qualify' : 'reassign') : path[0]

describe('any policy', () => {
  const leaves = leavesOf(everything)
  const other = (value: Leaf['value']): fc.Arbitrary<Leaf['value']> =>
    typeof value === 'string'
      ? fc.stringMatching(/^[a-z]{1,12}$/).filter(text => text !== value)
      : typeof value === 'number'
        ? fc.integer({ min: 0, max: 1_000_000 }).filter(number => number !== value)
        : fc.constant(!value)

  it('is the same as itself', () => {
    expect(diffPolicies(everything, copyOf(everything))).toEqual([])
  })

  it('differs in one change when one value in it is another, whichever it is', () => {
    expect(leaves.length).toBeGreaterThan(150)
    for (const { path, value } of leaves) {
      const next = typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : !value
      const after = edited(path, (owner, key) => {
        owner[key] = next
      })
      const changes = diffPolicies(everything, after)
      expect(changes, path.join('.')).toHaveLength(1)
      expect(changes[0]?.path[0], path.join('.')).toBe(sectionOf(path))
      expect(diffPolicies(after, everything), path.join('.')).toHaveLength(1)
    }
  })

  it('differs in one change for a random value at a random place, and two such edits are never one', () => {
    const edit = fc
      .constantFrom(...leaves)
      .chain(leaf => other(leaf.value).map(value => ({ ...leaf, value })))
    fc.assert(
      fc.property(edit, ({ path, value }) => {
        const after = edited(path, (owner, key) => {
          owner[key] = value
        })
        const [change, ...more] = diffPolicies(everything, after)
        expect(more).toEqual([])
        expect(change?.sentence).not.toBe('')
        expect(change?.path[0]).toBe(sectionOf(path))
      }),
      { numRuns: 100 },
    )
  })

  it('differs in one change when an entry of a list is gone', () => {
    for (const path of arraysOf(everything)) {
      const after = edited([...path, 0], owner => {
        if (Array.isArray(owner)) owner.shift()
      })
      expect(diffPolicies(everything, after), path.join('.')).toHaveLength(1)
    }
  })

  it.each([
    'calendars',
    'lists',
    'companies',
    'sources',
    'territories',
    'pools',
    'slas',
    'campaigns',
    'pauses',
  ])('differs in one change when one of its %s is gone or new', section => {
    const names = Object.keys(JSON.parse(JSON.stringify(everything))[section])
    for (const name of names) {
      const without = edited([section, name], (owner, key) => {
        delete owner[key]
      })
      expect(diffPolicies(everything, without)).toMatchObject([{ kind: 'removed', path: [section, name] }])
      expect(diffPolicies(without, everything)).toMatchObject([{ kind: 'added', path: [section, name] }])
    }
  })

  it('with many rules is compared while one waits', () => {
    const many = (offset: number): Policy => ({
      ...everything,
      rules: Array.from({ length: 500 }, (_, at) => {
        const id = (at + offset) % 500
        return {
          id: `rule-${id}`,
          exception: true,
          when: { kind: 'oneOf', field: 'product', values: [`p${id}`, `q${offset}`] },
          assign: { kind: 'accountOwner' },
          backup: null,
          needs: [],
          nobodyAvailable: null,
          sla: 'hot',
          rank: null,
        }
      }),
    })
    expect(diffPolicies(many(0), many(1)).filter(({ kind }) => kind === 'moved')).toHaveLength(1)
    expect(diffPolicies(many(0), many(250)).filter(({ kind }) => kind === 'moved')).toHaveLength(250)
  })
})
