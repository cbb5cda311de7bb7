/** People for a policy that is tried without a people document: nobody is missing, nobody sleeps, everybody can do all. */
import { always } from '../calendar.js'
import { type RepId, repId } from '../ids.js'
import { isByRole } from '../matching.js'
import type { Person, Roster } from '../people.js'
import type { Policy, Target } from '../policy.js'

type StandIns = {
  /** Asks nobody for a skill, since nobody's are known. */
  policy: Policy
  roster: Roster
  /** In sentences. */
  assumptions: string[]
}

export function withStandIns(policy: Policy): StandIns {
  const roles = [
    ...new Set(
      Object.values(policy.pools).flatMap(({ members }) => (isByRole(members) ? [members.role] : [])),
    ),
  ]
  const needs = policy.rules.filter(rule => rule.needs.length > 0).map(({ id }) => id)
  return {
    policy: { ...policy, rules: policy.rules.map(rule => ({ ...rule, needs: [] })) },
    roster: {
      teams: [],
      people: [
        ...[...personsIn(policy)].sort().map(id => person(id, '-', policy.zone)),
        ...roles.map(role => person(repId.parse(`any-${role}`.slice(0, 63)), role, policy.zone)),
        person(theManager, '-', policy.zone),
      ],
      leave: [],
    },
    assumptions: [
      'Without a people document everyone whom the policy names is there round the clock, and nobody is on leave.',
      ...(roles.length === 0
        ? []
        : [`One person plays everyone with a role: ${roles.map(role => `any-${role}`).join(', ')}.`]),
      ...(needs.length === 0 ? [] : [`Nobody is asked for skills or languages (${needs.join(', ')}).`]),
    ],
  }
}

const theManager = repId.parse('the-manager')

function person(id: RepId, role: string, zone: string): Person {
  return {
    id,
    name: id,
    email: '',
    role,
    team: '-',
    manager: id === theManager ? null : theManager,
    calendar: { ...always, zone },
    languages: [],
    skills: [],
    meetingLink: null,
    channel: 'email',
  }
}

function personsIn({ pools, rules, otherwise, accounts, slas, reviews }: Policy): Set<RepId> {
  const targets: (Target | null)[] = [
    ...rules.flatMap(({ assign, backup }) => [assign, backup]),
    otherwise.assign,
    ...(accounts === null ? [] : [accounts.assign, accounts.backup]),
    ...Object.values(slas).map(({ reRoutes }) => reRoutes.then),
    ...Object.values(pools).map(({ choice }) => (choice.by === 'queue' ? choice.then : null)),
    ...Object.values(reviews).map(({ onTimeout }) => (onTimeout.kind === 'assign' ? onTimeout.target : null)),
  ]
  return new Set([
    ...Object.values(pools).flatMap(({ members }) =>
      isByRole(members) ? [] : Object.keys(members).map(id => repId.parse(id)),
    ),
    ...targets.flatMap(target => (target?.kind === 'rep' ? [target.rep] : [])),
  ])
}
