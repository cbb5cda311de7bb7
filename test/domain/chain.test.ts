import { describe, expect, it } from 'vitest'
import { chainOf, nameOf, type Step } from '../../domain/chain.js'
import { matchRules } from '../../domain/matching.js'
import type { Need, NobodyAvailable, Policy, Rule, Target } from '../../domain/policy.js'
import {
  aKnownLead,
  all,
  anAccount,
  aPolicy,
  aRule,
  atLeast,
  is,
  pool,
  rep,
  toAccountOwner,
  toManager,
  toPool,
  toRep,
  turns,
} from './a-policy.js'

const uk = aRule('uk', { when: is('country', 'GB') })
const ukDemo = aRule('uk-demo', {
  when: all(is('country', 'GB'), is('campaign', 'demo')),
  assign: toRep('dora'),
})
const ukLarge = aRule('uk-large', {
  when: all(is('country', 'GB'), atLeast('employees', 1000)),
  assign: toPool('ae-emea'),
})
const accounts: Policy['accounts'] = { assign: toAccountOwner, backup: toPool('ae-emea'), sla: 'hot' }

describe('the chain of targets', () => {
  const withBackup = aRule('uk', {
    when: is('country', 'GB'),
    assign: toRep('ben'),
    backup: toPool('uk-sdr'),
  })
  const cases: [sentence: string, changes: Partial<Policy>, directed: Target | null, chain: Target[]][] = [
    [
      'is the rule, its backup, the fallback',
      { rules: [withBackup] },
      null,
      [toRep('ben'), toPool('uk-sdr'), toPool('anyone')],
    ],
    [
      'goes straight to the fallback without a backup',
      { rules: [uk] },
      null,
      [toPool('uk-sdr'), toPool('anyone')],
    ],
    [
      'names nothing twice',
      { rules: [aRule('uk', { assign: toPool('anyone'), backup: toPool('anyone') })] },
      null,
      [toPool('anyone')],
    ],
    [
      'keeps two people apart',
      { rules: [aRule('uk', { assign: toRep('ben'), backup: toRep('ana') })] },
      null,
      [toRep('ben'), toRep('ana'), toPool('anyone')],
    ],
    ['is the fallback alone when nothing matched', {}, null, [toPool('anyone')]],
    [
      'begins with what a person directed, and then falls back',
      { rules: [withBackup] },
      toRep('dora'),
      [toRep('dora'), toPool('anyone')],
    ],
    [
      'names the fallback once, when that is what a person directed',
      { rules: [withBackup] },
      toPool('anyone'),
      [toPool('anyone')],
    ],
    [
      'is empty while a person must choose between rules',
      { rules: [ukDemo, aRule('b', { when: ukDemo.when })] },
      null,
      [],
    ],
  ]
  it.each(cases)('%s', (_, changes, directed, targets) => {
    expect(stepsOf(changes, { directed }).map(({ target }) => target)).toEqual(targets)
  })

  it('of an account is its owner, the backup, the fallback', () => {
    expect(targetsOf({ accounts }, { account: anAccount('dora') })).toEqual([
      toAccountOwner,
      toPool('ae-emea'),
      toPool('anyone'),
    ])
  })
})

describe('when nobody is available', () => {
  const nextRule = { nobodyAvailable: { kind: 'nextRule' } } as const
  const urgent = aRule('urgent', { exception: true, when: is('urgency', 'high'), assign: toRep('gina') })
  const global = aRule('global', { exception: true, when: is('urgency', 'high'), assign: toRep('hugo') })
  const ranked = (rule: Rule, rank: number): Rule => ({ ...rule, rank })
  const cases: [sentence: string, changes: Partial<Policy>, lead: object, chain: Target[]][] = [
    [
      'the next rule is asked before the fallback, the more specific first',
      { ...nextRule, rules: [uk, ukLarge, { ...ukDemo, rank: 1 }] },
      { employees: 1000 },
      [toRep('dora'), toPool('ae-emea'), toPool('uk-sdr'), toPool('anyone')],
    ],
    [
      'the next rule comes behind the backup of the first, and with its own',
      {
        ...nextRule,
        rules: [
          { ...ukDemo, backup: toRep('emil') },
          { ...uk, backup: toRep('ben') },
        ],
      },
      {},
      [toRep('dora'), toRep('emil'), toPool('uk-sdr'), toRep('ben'), toPool('anyone')],
    ],
    [
      'the next rule between equals is the lower rank, then the place in the document',
      {
        ...nextRule,
        rules: [
          ranked(ukLarge, 1),
          { ...ukDemo, id: 'none', assign: toRep('cleo') },
          { ...ukDemo, id: 'nor', assign: toRep('ana') },
          ranked(ukDemo, 2),
        ],
      },
      { employees: 1000 },
      [toPool('ae-emea'), toRep('dora'), toRep('cleo'), toRep('ana'), toPool('anyone')],
    ],
    [
      'the rules behind an exception are the other exceptions, the account, the standard rules',
      { ...nextRule, rules: [uk, global, urgent, ukDemo], accounts },
      { urgency: 'high', account: anAccount('emil') },
      [
        toRep('hugo'),
        toRep('gina'),
        toAccountOwner,
        toPool('ae-emea'),
        toRep('dora'),
        toPool('uk-sdr'),
        toPool('anyone'),
      ],
    ],
    [
      'the rules behind an account are the standard rules',
      { ...nextRule, rules: [uk, ukDemo], accounts },
      { account: anAccount('emil') },
      [toAccountOwner, toPool('ae-emea'), toRep('dora'), toPool('uk-sdr'), toPool('anyone')],
    ],
    [
      'what one rule says counts before what the policy says',
      { ...nextRule, rules: [uk, { ...ukDemo, nobodyAvailable: { kind: 'nextPool' } }] },
      {},
      [toRep('dora'), toPool('anyone')],
    ],
    [
      'a review follows at once, past backup and fallback',
      { rules: [{ ...ukDemo, backup: toRep('emil'), nobodyAvailable: { kind: 'review' } }] },
      {},
      [toRep('dora')],
    ],
    [
      'a pool without limits is not looked at twice to assign now',
      { rules: [{ ...uk, nobodyAvailable: { kind: 'assignNow' } }] },
      {},
      [toPool('uk-sdr'), toPool('anyone')],
    ],
  ]
  it.each(cases)('%s', (_, changes, lead, chain) => {
    expect(targetsOf(changes, lead)).toEqual(chain)
  })

  it('a pool with limits is looked at again without them, to assign now', () => {
    const caps = { open: 5, perDay: 1, perWeek: 2 }
    const limited = turns({ ana: 1 }, { caps, inHoursOnly: true, choice: { by: 'capacity' } })
    const steps = stepsOf({
      pools: { ...aPolicy().pools, [pool('uk-sdr')]: limited },
      rules: [{ ...uk, backup: toRep('ben'), nobodyAvailable: { kind: 'assignNow' } }],
    })
    expect(steps.map(({ target }) => target)).toEqual([
      toPool('uk-sdr'),
      toPool('uk-sdr'),
      toRep('ben'),
      toPool('anyone'),
    ])
    expect(steps[1]?.terms).toMatchObject({
      caps: { open: null, perDay: null, perWeek: null },
      inHoursOnly: false,
      choice: { by: 'leastLoaded' },
      afterLeave: limited.afterLeave,
    })
  })

  const hold: NobodyAvailable = { kind: 'hold', mostMs: 7_200_000 }
  const held: [sentence: string, asked: Parameters<typeof chainWith>[1], holdMostMs: number | null][] = [
    ['a lead is held as long as the rule says', {}, 7_200_000],
    ['a lead that had an owner is not held', { lastOwner: rep('ben') }, null],
    ['a directed lead is not held', { directed: toPool('uk-sdr') }, null],
  ]
  it.each(held)('%s', (_, asked, holdMostMs) => {
    expect(chainWith({ rules: [{ ...uk, nobodyAvailable: hold }] }, asked).holdMostMs).toBe(holdMostMs)
  })
})

describe('what a rule needs', () => {
  const cases: [sentence: string, needs: Need[], lead: object, wants: Step['wants']][] = [
    [
      'is the language of the lead',
      [{ kind: 'language' }],
      { language: 'de' },
      [{ kind: 'language', name: 'de' }],
    ],
    ['is nothing where the lead does not say its language', [{ kind: 'language' }], { language: null }, []],
    [
      'is a skill of the name of what the lead is about',
      [
        { kind: 'field', field: 'product' },
        { kind: 'field', field: 'industry' },
      ],
      { product: ' Cash  Registers ', industry: 'Santé' },
      [
        { kind: 'skill', name: 'cash-registers' },
        { kind: 'skill', name: 'sante' },
      ],
    ],
    ['is nothing where the lead says nothing', [{ kind: 'field', field: 'service' }], { service: ' ? ' }, []],
    [
      'is a skill by its own name, whatever the lead says',
      [{ kind: 'skill', skill: 'tax-law' }],
      {},
      [{ kind: 'skill', name: 'tax-law' }],
    ],
  ]
  it.each(cases)('%s', (_, needs, lead, wants) => {
    expect(stepsOf({ rules: [{ ...uk, needs }] }, {}, lead)[0]?.wants).toEqual(wants)
  })

  it('is asked by the rule and its backup, and not by the fallback, even where that is the same pool', () => {
    const needs: Need[] = [{ kind: 'skill', skill: 'law' }]
    const steps = stepsOf({ rules: [{ ...uk, assign: toPool('anyone'), backup: toManager, needs }] })
    expect(steps.map(({ target, wants }) => [target, wants.length])).toEqual([
      [toPool('anyone'), 1],
      [toManager, 1],
      [toPool('anyone'), 0],
    ])
  })

  it('is no second look at one pool when the next rule asks for more', () => {
    const law: Need = { kind: 'skill', skill: 'law' }
    const steps = stepsOf({
      nobodyAvailable: { kind: 'nextRule' },
      rules: [
        { ...ukDemo, assign: toPool('uk-sdr'), needs: [law] },
        { ...uk, needs: [law, { kind: 'skill', skill: 'tax' }] },
      ],
    })
    expect(steps.map(({ target }) => target)).toEqual([toPool('uk-sdr'), toPool('anyone')])
  })

  it.each([
    ['Health Care', 'health-care'],
    ['MÜLLER & Söhne', 'muller-sohne'],
    ['  ', ''],
  ])('is compared without case, accents and spaces: %s', (text, name) => {
    expect(nameOf(text)).toBe(name)
  })
})

function chainWith(
  changes: Partial<Policy>,
  asked: Partial<Pick<Parameters<typeof chainOf>[2], 'directed' | 'lastOwner'>> = {},
  lead: object = {},
) {
  const policy = aPolicy(changes)
  const facts = aKnownLead(lead)
  return chainOf(policy, matchRules(policy, facts), { directed: null, lastOwner: null, ...asked, facts })
}

function stepsOf(...of: Parameters<typeof chainWith>): readonly Step[] {
  return chainWith(...of).steps
}

function targetsOf(changes: Partial<Policy>, lead: object): Target[] {
  return stepsOf(changes, {}, lead).map(({ target }) => target)
}
