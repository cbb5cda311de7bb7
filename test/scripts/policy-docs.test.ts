import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { peopleSchema, policySchema } from '../../domain/prose/editor-schema.js'
import { driftOf, policyDocs } from '../../scripts/policy-docs.js'
import { policyWith } from '../domain/a-policy-document.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('the pages made of the sample policies', () => {
  const docs = policyDocs()

  it('are what the policies say today', () => {
    expect(driftOf(docs), 'run npm run docs:policies').toEqual([])
  })

  it('are a page of sentences with a chart, the chart alone, and one page for a browser, and the schema', () => {
    const endings = [...docs.keys()]
      .filter(path => path.includes('acme'))
      .map(path => path.replace(/^.*acme/, ''))
    expect(endings).toEqual(['.md', '.mmd', '.html'])
    expect([...docs.keys()]).toContain('schemas/policy.schema.json')
    expect([...docs.keys()].some(path => path.includes('demo'))).toBe(false)
  })

  it('are found to differ as soon as a letter does', () => {
    const [[path = '', text = ''] = []] = docs
    expect(driftOf(new Map([[path, `${text} `]]))).toEqual([path])
    expect(driftOf(new Map([['docs/policies/nobody.md', '']]))).toEqual(['docs/policies/nobody.md'])
  })
})

describe('the schema that editors check a policy with', () => {
  const editor = z.fromJSONSchema(policySchema())

  it.each(['acme', 'demo', 'field-services', 'healthcare'])('takes the sample policy %s', sample => {
    const { error } = editor.safeParse(parse(read(`policies/${sample}.yaml`)))
    expect(error).toBeUndefined()
  })

  it.each([
    ['the least that there is', []],
    [
      'every test of a condition',
      [
        `rules:
  - { id: a, when: { country: GB, employees: ">= 1000", score: 1..9, account: exists, product: missing }, assign: sdr }
  - { id: b, when: { postcode: [BN, 80, 10000..19999], product: { startsWith: [x] } }, assign: sdr }
  - { id: c, when: { any: [{ company: { in: list named } }, { not: { fields.intent: 5 } }] }, assign: sdr }
  - { id: d, when: { country: { not: [GB, IE] } }, assign: sdr, nobodyAvailable: { hold: 1h30m } }`,
      ],
    ],
    [
      'what an owner works by',
      [
        `slas:
  hot: { acknowledge: none, firstTouch: 30m, stale: { within: 40h, steps: [{ at: 100%, do: [remind owner] }] }, reRoutes: { most: 2, then: ana } }
  normal: { like: hot, stale: none }
  mild: { like: hot, stale: 5d }`,
        'sla: normal',
        'timeToAssign: { within: 15m, tell: role sales-ops }',
        'touches: [call, crm-activity]',
        'pauses: { waiting: 5d, legal: { most: 1d, clocks: [stale] } }',
        'reminders: { quiet: "20:00-07:30", spread: 2m }',
        'leave: { touched: pause }',
        'reopen: { within: 30d }',
        'templates: { book: { subject: Meet, text: "{{meetingLink}}" } }',
        'campaigns: { general: { intent: 30, team: off, meetingLink: { by: email, template: book, when: { score: ">= 40" } } }, fairs: {} }',
        'handoff: { from: sdr, to: ae, accept: 4h, assign: ae, onTimeout: up }',
        'reassign: { reasons: { other: ask }, coolDown: 2d }',
        'reviews: { decides: ana, ownership-claimed: { decides: manager of owner, onTimeout: keep owner } }',
      ],
    ],
    [
      'territories in one another',
      [
        'territories: { uk: { country: GB, manager: ana }, south: { within: uk, postcode: BN }, makers: { within: uk, industry: [steel, glass] } }',
      ],
    ],
  ])('takes %s', (_what, sections) => {
    expect(editor.safeParse(parse(policyWith(...sections))).error).toBeUndefined()
  })

  it.each([
    ['a length of time', 'slas: { hot: { firstTouch: 30 minutes }, normal: { firstTouch: 4h } }'],
    [
      'a step',
      'slas: { hot: { firstTouch: 30m, steps: [{ at: half, do: remind owner }] }, normal: { firstTouch: 4h } }',
    ],
    ['a field', 'rules: [{ id: a, when: { teritory: uk }, assign: sdr }]'],
    ['a test', 'rules: [{ id: a, when: { product: { begins: x } }, assign: sdr }]'],
    ['a place', 'territories: { uk: { product: steel } }'],
    ['a pause', 'pauses: { waiting: five days }'],
    ['the length of a pause', 'pauses: { waiting: { most: five days } }'],
    ['the hours of nobody', 'reminders: { quiet: 8pm-7am }'],
    ['how reminders are spread', 'reminders: { spread: wide }'],
    ['a touch', 'touches: [telegram]'],
    ['staleness', 'slas: { hot: { firstTouch: 30m, stale: soon }, normal: { firstTouch: 4h } }'],
    [
      'the re-routes',
      'slas: { hot: { firstTouch: 30m, reRoutes: { most: 2h, then: ana } }, normal: { firstTouch: 4h } }',
    ],
    [
      'whom a letter is for',
      'campaigns: { general: { meetingLink: { by: email, template: book, when: { teritory: uk } } }, fairs: {} }',
    ],
    ['a key', 'sources: { form: { campaign: general, requird: [email] } }'],
    [
      'what to do',
      'slas: { hot: { firstTouch: 30m, steps: [{ at: 50%, do: call }] }, normal: { firstTouch: 4h } }',
    ],
  ])('refuses a slip in %s', (_what, section) => {
    expect(editor.safeParse(parse(policyWith(section))).success).toBe(false)
  })

  it.each(['acme-people', 'demo-people', 'field-services-people', 'healthcare-people'])(
    'takes the sample people %s, by a schema of their own',
    sample => {
      const document = parse(read(`policies/${sample}.yaml`))
      const people = z.fromJSONSchema(peopleSchema())
      expect(people.safeParse(document).error).toBeUndefined()
      expect(people.safeParse({ ...document, peeple: {} }).success).toBe(false)
      const [id = ''] = Object.keys(document.people)
      const withChannel = (channel: string) => ({
        ...document,
        people: { ...document.people, [id]: { ...document.people[id], channel } },
      })
      expect(people.safeParse(withChannel('in-app')).error).toBeUndefined()
      expect(people.safeParse(withChannel('pigeon')).success).toBe(false)
    },
  )

  it('says of every section what it is for', () => {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.object({ description: z.string().optional() })) })
      .parse(policySchema())
    const silent = Object.entries(properties).flatMap(([key, { description }]) =>
      description === undefined ? [key] : [],
    )
    expect(silent).toEqual([])
  })
})
