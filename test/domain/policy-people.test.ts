import { describe, expect, it } from 'vitest'
import { checkAgainstPeople, formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import { peopleOf, policyOf, policyWith, years } from './a-policy-document.js'

describe('a policy and the people', () => {
  const people = peopleOf(`
calendars: { always: { zone: UTC, hours: 24/7 } }
teams: { one: { name: One, manager: gina } }
people:
  ana: { name: Ana, email: ana@x.example, role: sdr, team: one, calendar: always }
  ben: { name: Ben, email: ben@x.example, role: ae, team: one, calendar: always }
  gina: { name: Gina, email: gina@x.example, role: sales-ops, team: one, calendar: always }`)

  const cases: [sentence: string, changed: string[], errors: string[]][] = [
    ['agree', [], []],
    [
      'differ about a member of a pool',
      ['pools:\n  sdr: { turns: { ana: 1, bem: 1 } }'],
      ['2:27: pools.sdr.turns.bem: nobody has this id (here: bem); did you mean ben?'],
    ],
    [
      'differ about a role',
      ['pools: { sdr: { turns: everyone with role rep } }'],
      ['1:24: pools.sdr.turns: nobody has this role (here: rep); known: ae, sales-ops, sdr'],
    ],
    [
      'differ about whom a rule names',
      ['rules:\n  - { id: it, when: { country: GB }, assign: sdrs, backup: gena }'],
      [
        '2:46: rules[0].assign: neither a pool nor a person has this name (here: sdrs); did you mean sdr?',
        '2:60: rules[0].backup: neither a pool nor a person has this name (here: gena); did you mean gina?',
      ],
    ],
    [
      'have one name for a pool and a person',
      ['pools: { sdr: { turns: { ana: 1 } }, gina: { turns: { ben: 1 } } }'],
      ['1:38: pools.gina: a pool and a person have the same name (here: gina)'],
    ],
    [
      'differ about who looks after accounts',
      ['accounts: { assign: account owner, backup: max }'],
      [
        '1:44: accounts.backup: neither a pool nor a person has this name (here: max); known: sdr, ae, ana, ben, gina',
      ],
    ],
    [
      'differ once about who decides all reviews',
      ['reviews: { decides: role operations }'],
      ['1:21: reviews.decides: nobody has this role (here: operations); known: ae, sales-ops, sdr'],
    ],
    [
      'differ about who decides one kind of review, and where it goes then',
      ['reviews:\n  decides: gina\n  undeclared-source: { backup: max, onTimeout: { assign: vera } }'],
      [
        '3:32: reviews.undeclared-source.backup: nobody has this id (here: max); known: ana, ben, gina',
        '3:58: reviews.undeclared-source.onTimeout.assign: neither a pool nor a person has this name (here: vera); known: sdr, ae, ana, ben, gina',
      ],
    ],
    [
      'differ once about the end of a chain that is inherited',
      ['slas:\n  hot: { firstTouch: 1h, reRoutes: { most: 1, then: gena } }\n  normal: { like: hot }'],
      [
        '2:53: slas.hot.reRoutes.then: neither a pool nor a person has this name (here: gena); did you mean gina?',
      ],
    ],
    [
      'differ about the roles of a handoff',
      ['handoff: { from: sdrs, to: closer, accept: 4h }'],
      [
        '1:18: handoff.from: nobody has this role (here: sdrs); did you mean sdr?',
        '1:28: handoff.to: nobody has this role (here: closer); known: ae, sales-ops, sdr',
      ],
    ],
    [
      'differ about whom a handoff is offered to',
      ['handoff: { from: sdr, to: ae, accept: 4h, assign: bem }'],
      ['1:51: handoff.assign: neither a pool nor a person has this name (here: bem); did you mean ben?'],
    ],
    [
      'differ about who hears of leads without an owner',
      ['timeToAssign: { within: 15m, tell: role operations }'],
      ['1:36: timeToAssign.tell: nobody has this role (here: operations); known: ae, sales-ops, sdr'],
    ],
    [
      'differ about who decides claims',
      ['reviews:\n  decides: gina\n  ownership-claimed: { decides: vera, onTimeout: { assign: bem } }'],
      [
        '3:33: reviews.ownership-claimed.decides: nobody has this id (here: vera); known: ana, ben, gina',
        '3:60: reviews.ownership-claimed.onTimeout.assign: neither a pool nor a person has this name (here: bem); did you mean ben?',
      ],
    ],
    [
      'differ about who decides reassignments',
      ['reassign: { reasons: { other: ask }, decides: gena, backup: role boss }'],
      [
        '1:47: reassign.decides: nobody has this id (here: gena); did you mean gina?',
        '1:61: reassign.backup: nobody has this role (here: boss); known: ae, sales-ops, sdr',
      ],
    ],
  ]
  it.each(cases)('%s', (_sentence, changed, errors) => {
    const parsed = parsePolicy(policyWith(...changed), 'p.yaml', years)
    if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'p.yaml'))
    const found = checkAgainstPeople(parsed.policy, people, parsed.source)
    expect(found.map(error => formatPolicyErrors([error], 'p.yaml'))).toEqual(
      errors.map(error => `p.yaml:${error}`),
    )
  })

  it('are compared without lines when the text of the policy is not at hand', () => {
    const policy = policyOf(
      'handoff: { from: sdr, to: closer, accept: 4h }',
      'pools: { sdr: { turns: { ana: 1 } } }',
    )
    expect(formatPolicyErrors(checkAgainstPeople(policy, people), 'version 3')).toBe(
      'version 3: handoff.to: nobody has this role (here: closer); known: ae, sales-ops, sdr',
    )
  })
})
