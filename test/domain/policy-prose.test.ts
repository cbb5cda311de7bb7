import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import type { Section } from '../../domain/prose/section.js'
import { introductionOf, markdownOf, plainTextOf, sentencesOf } from '../../domain/prose/sentences.js'
import { peopleOf, policyOf, years } from './a-policy-document.js'
import { fortyRules } from './forty-rules.js'

const read = (file: string) => readFileSync(new URL(`../../policies/${file}`, import.meta.url), 'utf8')

describe('the rules of a policy in sentences', () => {
  const rules: [says: string, sections: string[], sentence: string][] = [
    [
      'a source and postcode areas',
      ['rules: [{ id: r, when: { source: form, postcode: [BN, RH] }, assign: sdr }]'],
      'Leads from the form in postcode areas BN and RH go to the “SDR” pool, in turn. The service level is “normal”.',
    ],
    [
      'one area and a range',
      ['rules: [{ id: r, when: { country: DE, postcode: [80, 10000..19999] }, assign: sdr, backup: cleo }]'],
      'Leads in Germany in postcode area 80 or in postcodes 10000 to 19999 go to the “SDR” pool, in turn; when nobody there can take one, to Cleo. The service level is “normal”.',
    ],
    [
      'a person and their backup',
      ['rules: [{ id: r, when: { segment: large }, assign: cleo, backup: ae, sla: hot }]'],
      'Leads in the segment large go to Cleo; when Cleo cannot, to the “AE” pool. The service level is “hot”.',
    ],
    [
      'what a lead is not',
      ['rules: [{ id: r, when: { not: { country: GB }, employees: ">= 1000" }, assign: sdr }]'],
      'Leads of companies with at least 1,000 employees not in the United Kingdom go to the “SDR” pool, in turn. The service level is “normal”.',
    ],
    [
      'what is not known, and other leads than those',
      ['rules: [{ id: r, when: { industry: missing, product: { not: [till, tax] } }, assign: sdr }]'],
      'Leads whose industry is not known, other than those asking for the products till or tax go to the “SDR” pool, in turn. The service level is “normal”.',
    ],
    [
      'one of two things',
      ['rules: [{ id: r, when: { any: [{ campaign: fairs }, { score: 40..60 }] }, assign: sdr }]'],
      'Leads either of the campaign fairs or with a score of 40 to 60 go to the “SDR” pool, in turn. The service level is “normal”.',
    ],
    [
      'what whoever takes it must have, and a wait',
      [
        'rules: [{ id: r, when: { language: de }, assign: sdr, needs: [language, skill gas], nobodyAvailable: { hold: 90m } }]',
      ],
      'Leads whose language is German go to the “SDR” pool, in turn. Whoever takes one must speak the language of the lead and have the skill gas. When nobody is available, it waits up to 1 hour 30 minutes for one of them, and then goes to the next in line. The service level is “normal”.',
    ],
  ]
  it.each(rules)('say %s', (_says, sections, sentence) => {
    expect(about('rules/r', sentencesOf(policyOf(...sections)))).toBe(sentence)
  })

  it('say rules that differ only in their place at once, and those that win first', () => {
    const rules = `rules:
  - { id: fr, when: { country: FR }, assign: sdr }
  - { id: big-de, when: { country: DE, segment: large }, assign: ae }
  - { id: de, when: { country: DE }, assign: sdr }
  - { id: us, when: { country: US }, assign: ae }
  - { id: big-at, when: { country: AT, segment: large }, assign: ae }`
    const section = sectionOf('rules', sentencesOf(policyOf(rules)))
    expect(section.paragraphs.filter(({ kind }) => kind === 'item').map(({ about }) => about)).toEqual([
      ['rules/big-de', 'rules/big-at'],
      ['rules/fr', 'rules/de'],
      ['rules/us'],
    ])
    expect(about('rules/big-at', [section])).toContain('Leads in the segment large in Germany or Austria go')
  })
})

describe('the territories of a policy in sentences', () => {
  const territories = `territories:
  uk: { country: GB }
  south-coast: { within: uk, postcode: [BN, PO], manager: ana }
  brighton: { within: south-coast, postcode: [BN1..BN3, BN41] }
  makers: { within: south-coast, industry: [steel, glass] }
  whole: { within: uk }`

  it.each([
    ['uk', 'The territory UK: leads in the United Kingdom.'],
    ['south-coast', 'The territory South Coast: the part of UK in postcode areas BN and PO. Ana manages it.'],
    [
      'brighton',
      'The territory Brighton: the part of South Coast in postcode area BN41 or in postcodes BN1 to BN3.',
    ],
    ['makers', 'The territory Makers: the part of South Coast in the industries steel or glass.'],
    ['whole', 'The territory Whole: all of UK.'],
  ])('say of %s what it adds to those around it', (id, sentence) => {
    expect(about(`territories/${id}`, sentencesOf(policyOf(territories)))).toBe(sentence)
  })

  it('put the rule for a part before the one for the whole, and say so', () => {
    const rules = `rules:
  - { id: wide, when: { territory: uk }, assign: sdr }
  - { id: inner, when: { territory: whole }, assign: ae }`
    const section = sectionOf('rules', sentencesOf(policyOf(territories, rules)))
    expect(section.paragraphs.flatMap(({ kind, about }) => (kind === 'item' ? about : []))).toEqual([
      'rules/inner',
      'rules/wide',
    ])
    expect(section.paragraphs[0]?.text).toContain('of a territory and a part of it the one for the part')
    const flat = sectionOf(
      'rules',
      sentencesOf(policyOf('territories: { uk: { country: GB } }', rules.replace('whole', 'uk'))),
    )
    expect(flat.paragraphs[0]?.text).not.toContain('a part of it')
  })
})

describe('the pools of a policy in sentences', () => {
  it.each([
    ['turns: { ana: 100, ben: 50 }', 'Ana has two leads for each of Ben’s.'],
    ['turns: { ana: 2, ben: 3 }', 'Ben has three leads for every two of Ana’s.'],
    ['turns: { ana: 1, ben: 1, cy: 1 }', 'Ana, Ben and Cy take turns, one lead each.'],
    ['turns: { ana: 2, ben: 1, cy: 1 }', 'Of every 4 leads Ana has two, Ben one and Cy one.'],
    ['turns: { ana: 37, ben: 100 }', 'They take turns by their shares: Ana 37 and Ben 100.'],
    ['turns: { ana: 1, ben: 0 }', 'Ana takes every lead. Ben has no turn for now.'],
    ['turns: everyone with role ae', 'All people with the role AE take turns, one lead each.'],
    ['leastLoaded: { ana: 1, ben: 1 }', 'Of Ana and Ben, whoever has the fewest open leads takes the next.'],
    [
      'capacity: { ana: 40, ben: 20 }, caps: { perDay: 1 }',
      'Of Ana and Ben, whoever has most room takes the next, and nobody more open leads than they can have: Ana 40 and Ben 20. Nobody gets more than one lead a day.',
    ],
    [
      'queue: [ana, ben], then: cleo',
      'Ana and Ben are told, and the first to accept gets the lead. If nobody has within 4 hours of real time, it goes to Cleo.',
    ],
    [
      'turns: { ana: 1 }, hours: only, afterLeave: catch up to 1 turn',
      'Ana takes every lead. Only people who are within their working hours are asked. After leave people catch up, by one lead at most.',
    ],
  ])('say of { %s } who gets a lead', (pool, sentence) => {
    const sections = sentencesOf(policyOf(`pools: { sdr: { ${pool} }, ae: { turns: { dora: 1 } } }`))
    expect(about('pools/sdr', sections)).toBe(`SDR: ${sentence}`)
  })
})

describe('what an owner works by, in sentences', () => {
  const cases: [says: string, sections: string[], name: string, sentence: string][] = [
    [
      'until when every lead has an owner',
      ['timeToAssign: { within: 15m, tell: role sales-ops }'],
      'timeToAssign',
      'Every lead has an owner within 15 minutes of coming in, counted day and night; when one has not, someone with the role sales ops hears of it at once.',
    ],
    [
      'which contacts count, of all that there are',
      [],
      'touches',
      'What counts as a contact is a call, an email, a meeting, a message or something done in the CRM.',
    ],
    [
      'which contacts count, and that others do not',
      ['touches: [call, meeting]'],
      'touches',
      'What counts as a contact is a call or a meeting. Anything else is noted, and stops no clock.',
    ],
    ['that nobody may pause', [], 'pauses', 'No owner may pause a clock.'],
    [
      'what may be paused for five days',
      ['pauses: { waiting-for-prospect: { most: 5d, clocks: [firstTouch, stale] } }'],
      'pauses/waiting-for-prospect',
      'Waiting for prospect: the first contact and the next contact, for up to 5 days.',
    ],
    [
      'what may be paused for hours',
      ['pauses: { legal: 36h }'],
      'pauses/legal',
      'Legal: the acknowledgement, the first contact and the next contact, for up to 36 hours.',
    ],
    ['that there are no quiet hours', [], 'reminders', 'Reminders are sent at any hour.'],
    [
      'in which hours nobody is reminded',
      ['reminders: { quiet: "20:00-07:30", spread: 2m }'],
      'reminders',
      'Between 20:00 and 07:30 of the owner’s day nobody is reminded, and no manager is told; what comes due then waits for the end of these hours. Breaches and moves wait for nothing. What comes due at one moment is sent over 2 minutes.',
    ],
    [
      'what becomes of a lead whose owner is on leave',
      ['leave: { touched: pause }'],
      'leave',
      'When an owner goes on leave, what nobody has touched yet goes to whoever covers, and comes back at the end unless it has moved on; what was touched stays with its owner, and its clocks stand still.',
    ],
    ['that nothing is opened again', [], 'reopen', 'What is closed stays closed.'],
    [
      'until when a lead is opened again',
      ['reopen: { within: 30d }'],
      'reopen',
      'A lead that was closed can be opened again within 30 days.',
    ],
    [
      'how long a lead may be left alone',
      [
        'slas: { hot: { firstTouch: 30m, stale: { within: 40h, steps: [{ at: 100%, do: remind owner }] } }, normal: { firstTouch: 4h } }',
      ],
      'slas/hot',
      'Hot: first contact within 30 minutes, each further contact within 40 hours of the last, counted in the working hours of the owner. For a further contact, when the time is up, the owner is reminded.',
    ],
    [
      'who decides when two people want one lead',
      ['reviews: { decides: role sales-ops }'],
      'reviews/ownership-claimed',
      'When somebody else says that a lead is theirs, the manager of the owner decides within 2 hours; then someone with the role sales ops has as long. If nobody decides, the owner keeps it.',
    ],
    [
      'to whom a lead is handed that nobody is named for',
      ['handoff: { from: sdr, to: ae, accept: 4h, assign: ae, onTimeout: up }'],
      'handoff',
      'An SDR may hand a lead to an AE. Whoever receives it accepts or declines within 4 hours of their working hours; from then on the service level is “normal”. Without a name it is offered to the “AE” pool. When nobody answers it goes to the receiver’s manager.',
    ],
    [
      'when one may ask again',
      ['reassign: { reasons: { other: ask }, decides: gina, backup: gina, coolDown: 2d }'],
      'reassign',
      'An owner may ask to give a lead away. For other Gina decides within 2 hours; what nobody decides is refused. Whoever was refused may ask again for the same lead after 2 days.',
    ],
    [
      'how hot a campaign is, and that its team hears nothing',
      ['campaigns: { general: { intent: 80, notify: full, team: off }, fairs: {} }'],
      'campaigns/general',
      'General: The owner gets a message with all that is known. The others of the pool are not told. Its intent is 80 of 100; whoever writes again with more belongs to the hotter campaign. The prospect is sent nothing by us.',
    ],
  ]
  it.each(cases)('say %s', (_says, sections, name, sentence) => {
    expect(about(name, sentencesOf(policyOf(...sections)))).toBe(sentence)
  })

  it('show each letter behind the sentence that says who gets it', () => {
    const policy = policyOf(
      'templates: { thanks: { subject: Hello, text: "Thanks. Book here: {{meetingLink}}." }, book: { subject: "Meet {{ownerName}}", text: "{{meetingLink}}" } }',
      'campaigns: { general: { acknowledge: { by: email, template: thanks }, meetingLink: { by: email, template: book, when: { segment: large } } }, fairs: {} }',
    )
    const { paragraphs } = sectionOf('campaigns', sentencesOf(policy))
    expect(paragraphs.slice(1, 5).map(({ kind, text }) => [kind, text])).toEqual([
      [
        'item',
        'General: The owner gets a short message. The others of the pool are told in short. The prospect gets this email at once, day or night, with the subject “Hello”:',
      ],
      ['letter', 'Thanks. Book here: [the link to book time with the owner].'],
      [
        'item',
        'Leads in the segment large get this email to book time with the owner, as soon as there is one, unless the first letter had the link already, with the subject “Meet [the name of the owner]”:',
      ],
      ['letter', '[the link to book time with the owner]'],
    ])
  })
})

describe('the people of a policy', () => {
  it('are called by their first name, by the whole one where two share it, and a role by those who have it', () => {
    const people = peopleOf(`
calendars: { uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 } } }
teams: { uk: { name: UK, manager: ben } }
people:
  ana: { name: Ana Lopez, email: a@x.example, role: ae, team: uk, calendar: uk }
  anna: { name: Ana Stone, email: b@x.example, role: sales-ops, team: uk, calendar: uk }
  ben: { name: Benjamin Carter, email: c@x.example, role: ae, team: uk, calendar: uk }`)
    const sections = sentencesOf(policyOf(), people)
    expect(about('pools/sdr', sections)).toBe('SDR: Ana Lopez has two leads for each of Benjamin’s.')
    expect(about('pools/ae', sections)).toContain('(today Ana Lopez and Benjamin)')
    expect(about('reviews/ambiguous-rule', sections)).toContain('someone with the role sales ops (Ana Stone)')
  })
})

describe.each([
  ['the sample of Acme', acme()],
  ['a policy that has everything', fortyRules()],
])('%s in sentences', (_name, policy) => {
  const whole = textOf(policy)

  it('says something else as soon as anything in it is another or is gone', () => {
    const edits = editsOf(policy)
    expect(edits.length).toBeGreaterThan(200)
    const unsaid = edits.filter(({ edited }) => textOf(edited) === whole).map(({ path }) => path)
    expect(unsaid).toEqual([])
  })

  it('names every rule, pool, source, service level, territory and segment once', () => {
    const named = sentencesOf(policy).flatMap(({ paragraphs }) => paragraphs.flatMap(({ about }) => about))
    expect(new Set(named).size).toBe(named.length)
    const wanted = [
      ...policy.rules.map(({ id }) => `rules/${id}`),
      ...policy.segments.map(({ id }) => `segments/${id}`),
      ...Object.keys(policy.pools).map(id => `pools/${id}`),
      ...Object.keys(policy.sources).map(id => `sources/${id}`),
      ...Object.keys(policy.slas).map(id => `slas/${id}`),
      ...Object.keys(policy.territories).map(id => `territories/${id}`),
    ]
    expect(wanted.filter(name => !named.includes(name))).toEqual([])
  })

  it('is made of whole sentences without a word of the document’s own', () => {
    for (const { text, kind } of sentencesOf(policy).flatMap(({ paragraphs }) => paragraphs)) {
      if (kind === 'letter') continue
      expect(text).toMatch(/^[“\p{Lu}\d].*[.:]$/su)
      expect(text).not.toMatch(/undefined|\[object|firstTouch|perDay|nobodyAvailable|\{\{| {2}/)
      expect(text).not.toMatch(/\b1 (leads|hours|minutes|points|days)\b|\bone leads\b|\ba (?=[aeio])/)
    }
  })

  it('reads the same on a terminal as on a page', () => {
    const plain = plainTextOf(sentencesOf(policy))
    for (const { title, paragraphs } of sentencesOf(policy)) {
      expect(plain).toContain(title)
      for (const { kind, text } of paragraphs) if (kind !== 'letter') expect(plain).toContain(text)
    }
  })
})

function acme(): Policy {
  const parsed = parsePolicy(read('acme.yaml'), 'acme.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'acme.yaml'))
  return parsed.policy
}

function textOf(policy: Policy): string {
  return `${introductionOf(policy)}\n${markdownOf(sentencesOf(policy))}`
}

function sectionOf(id: string, sections: readonly Section[]): Section {
  const section = sections.find(each => each.id === id)
  if (section === undefined) throw new Error(`no section ${id}`)
  return section
}

function about(name: string, sections: readonly Section[]): string | undefined {
  return sections.flatMap(({ paragraphs }) => paragraphs).find(({ about }) => about.includes(name))?.text
}

/** Words of a closed list have another word of it. */
const others: Record<string, string> = {
  on: 'off',
  shadow: 'on',
  short: 'full',
  full: 'short',
  approve: 'ask',
  ask: 'approve',
  back: 'up',
  up: 'back',
  stay: 'move',
  move: 'pause',
  call: 'email',
  meeting: 'message',
  'crm-activity': 'email',
  acknowledge: 'firstTouch',
  firstTouch: 'acknowledge',
  stale: 'acknowledge',
  remindOwner: 'tellManager',
  tellManager: 'reRoute',
  reRoute: 'remindOwner',
  text: 'date',
  date: 'text',
}

/** What says which form a value has: another one would need other values beside it. */
const forms: readonly string[] = ['kind', 'by']

/** Objects whose keys are the document's own names, so that each may be gone. */
const named =
  /^(calendars|lists|companies|sources|territories|pools|slas|campaigns|pauses|reassign\.reasons|pools\.[^.]+\.members|calendars\.[^.]+\.hours)$/

/**
 * A weight says nothing where one is alone in a pool, or the first to accept gets the lead; and nothing is said of
 * exceptions where there are none.
 */
const idle = /^(pools\.(west|partners)\.members\.[^.]+|reviews\.policy-exception\.withinMs)$/

/** Of rules that are made by the dozen a few are enough. */
const dozens = (path: readonly string[]) =>
  path[0] === 'rules' && Number(path[1]) > 4 && Number(path[1]) < 34 && Number(path[1]) % 9 !== 0

/** An interval has two ends, so neither may be gone. */
const pairs = /^calendars\.[^.]+\.hours\.[^.]+\.\d+$/

/** The policy with one value changed, or one thing taken out, for each of them. */
function editsOf(policy: Policy): { path: string; edited: Policy }[] {
  const places = pathsOf(policy, []).filter(({ path }) => !dozens(path))
  return places.flatMap(({ path, value, parent }) => {
    const whole = path.join('.')
    const key = path.at(-1) ?? ''
    const around = path.slice(0, -1).join('.')
    const canGo = named.test(around) || (Array.isArray(parent) && !pairs.test(around))
    const other = idle.test(whole) ? undefined : changedValue(key, value, parent)
    return [
      ...(canGo ? [{ path: `${whole} gone`, edited: withoutOne(policy, path) }] : []),
      ...(other === undefined ? [] : [{ path: whole, edited: withOther(policy, path, other) }]),
    ]
  })
}

function withOther(policy: Policy, path: readonly string[], value: unknown): Policy {
  const edited = structuredClone(policy)
  Reflect.set(holderOf(edited, path), path.at(-1) ?? '', value)
  return edited
}

function withoutOne(policy: Policy, path: readonly string[]): Policy {
  const edited = structuredClone(policy)
  const holder = holderOf(edited, path)
  if (Array.isArray(holder)) holder.splice(Number(path.at(-1)), 1)
  else Reflect.deleteProperty(holder, path.at(-1) ?? '')
  return edited
}

function holderOf(root: object, path: readonly string[]): object {
  return path.slice(0, -1).reduce<object>((at, key) => {
    const inner: unknown = Reflect.get(at, key)
    if (typeof inner !== 'object' || inner === null) throw new Error(`nothing at ${path.join('.')}`)
    return inner
  }, root)
}

function changedValue(key: string, value: unknown, parent: object): unknown {
  if (forms.includes(key)) return undefined
  // Whether a limit is included says nothing where there is none.
  if (key === 'minIncluded' && Reflect.get(parent, 'min') === null) return undefined
  if (key === 'maxIncluded' && Reflect.get(parent, 'max') === null) return undefined
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return /Ms$/.test(key) ? value + 60_000 : value + 1
  return typeof value === 'string' ? (others[value] ?? `${value}x`) : undefined
}

type Place = { path: string[]; value: unknown; parent: object }

function pathsOf(parent: object, path: string[]): Place[] {
  return Object.entries(parent).flatMap(([key, value]: [string, unknown]): Place[] => {
    const here = { path: [...path, key], value, parent }
    return typeof value === 'object' && value !== null ? [here, ...pathsOf(value, here.path)] : [here]
  })
}
