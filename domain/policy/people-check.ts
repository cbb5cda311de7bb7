/** Whether everyone whom a policy names is there: the two documents are written apart and must agree. */
import { repId } from '../ids.js'
import { isByRole } from '../matching.js'
import type { People } from '../people.js'
import type { Decider, Policy, Pool, Target } from '../policy.js'
import { type Path, type Problem, pathText } from '../yaml.js'
import { type DocumentSource, located, type PolicyError } from './problems.js'

/** A person or role that the policy names. Of several paths the first that the document has is where it says so. */
type Mention = { paths: readonly Path[]; what: Decider | Target; as: 'member' | 'target' | 'decider' }

/** Where a policy is checked that was stored, and its text is not at hand. */
const noSource: DocumentSource = { file: 'policy', places: new Map() }

/** `source` is what `parsePolicy` gave; without it the errors have no line. */
export function checkAgainstPeople(
  policy: Policy,
  people: People,
  source: DocumentSource = noSource,
): PolicyError[] {
  const known = { reps: people.people.map(({ id }) => String(id)), roles: rolesOf(people) }
  const problems: Problem[] = [
    ...collisions(policy, known.reps),
    ...mentionsOf(policy).flatMap(mention => unknownIn(mention, policy, known, source)),
  ]
  const errors = located(problems, source)
  return source === noSource ? errors.map(error => ({ ...error, line: 0, column: 0 })) : errors
}

function rolesOf(people: People): string[] {
  return [...new Set(people.people.map(({ role }) => role))].sort()
}

function collisions(policy: Policy, reps: readonly string[]): Problem[] {
  return Object.keys(policy.pools)
    .filter(id => reps.includes(id))
    .map(id => ({
      path: ['pools', id],
      at: 'key',
      message: 'a pool and a person have the same name',
      value: id,
    }))
}

function unknownIn(
  { paths, what, as }: Mention,
  policy: Policy,
  known: { reps: readonly string[]; roles: readonly string[] },
  source: DocumentSource,
): Problem[] {
  const written = paths.find(candidate => source.places.has(pathText(candidate)))
  // What a service level inherits is said, and checked, where it is inherited from.
  if (written === undefined && source !== noSource) return []
  const path = written ?? paths[0] ?? []
  if (what.kind === 'role' && !known.roles.includes(what.role)) {
    return [{ path, message: 'nobody has this role', value: what.role, allowed: known.roles }]
  }
  if (what.kind === 'rep' && !known.reps.includes(what.rep)) {
    const at = as === 'member' ? 'key' : 'value'
    const isPool = as === 'target'
    const message = isPool ? 'neither a pool nor a person has this name' : 'nobody has this id'
    const allowed = isPool ? [...Object.keys(policy.pools), ...known.reps] : known.reps
    return [{ path, at, message, value: what.rep, allowed }]
  }
  return []
}

function mentionsOf(policy: Policy): Mention[] {
  const { rules, accounts, slas, handoff, reassign, timeToAssign } = policy
  return [
    ...Object.entries(policy.territories).flatMap(([id, { manager }]) =>
      manager === null ? [] : [target({ kind: 'rep', rep: manager }, ['territories', id, 'manager'])],
    ),
    ...policy.publish.signOff.map((role, index) =>
      decider({ kind: 'role', role }, ['publish', 'signOff', index]),
    ),
    ...Object.entries(policy.pools).flatMap(([id, pool]) => membersOf(id, pool)),
    ...rules.flatMap(({ assign, backup }, index) => [
      target(assign, ['rules', index, 'assign']),
      ...(backup === null ? [] : [target(backup, ['rules', index, 'backup'])]),
    ]),
    ...(accounts === null
      ? []
      : [target(accounts.assign, ['accounts', 'assign']), target(accounts.backup, ['accounts', 'backup'])]),
    ...Object.entries(policy.reviews).flatMap(([kind, { decides, backup, onTimeout }]) => [
      decider(decides, ['reviews', kind, 'decides'], ['reviews', 'decides']),
      decider(backup, ['reviews', kind, 'backup'], ['reviews', 'backup'], ['reviews', 'decides']),
      ...(onTimeout.kind === 'assign'
        ? [target(onTimeout.target, ['reviews', kind, 'onTimeout', 'assign'])]
        : []),
    ]),
    ...Object.entries(slas).map(([id, { reRoutes }]) =>
      target(reRoutes.then, ['slas', id, 'reRoutes', 'then']),
    ),
    ...(handoff === null
      ? []
      : [
          decider({ kind: 'role', role: handoff.fromRole }, ['handoff', 'from']),
          decider({ kind: 'role', role: handoff.toRole }, ['handoff', 'to']),
          ...(handoff.assign === null ? [] : [target(handoff.assign, ['handoff', 'assign'])]),
        ]),
    ...(timeToAssign === null ? [] : [decider(timeToAssign.tell, ['timeToAssign', 'tell'])]),
    decider(reassign.decides, ['reassign', 'decides']),
    decider(reassign.backup, ['reassign', 'backup'], ['reviews', 'backup'], ['reviews', 'decides']),
  ]
}

function membersOf(id: string, { members, choice }: Pool): Mention[] {
  const path = ['pools', id, choice.by]
  const then = choice.by === 'queue' ? [target(choice.then, ['pools', id, 'then'])] : []
  if (isByRole(members)) {
    return [{ paths: [path], what: { kind: 'role', role: members.role }, as: 'member' }, ...then]
  }
  const named = Object.keys(members).map((rep, index): Mention => {
    const paths = [
      [...path, rep],
      [...path, index],
    ]
    return { paths, what: { kind: 'rep', rep: repId.parse(rep) }, as: 'member' }
  })
  return [...named, ...then]
}

function target(what: Target, path: Path): Mention {
  return { paths: [path], what, as: 'target' }
}

function decider(what: Decider, ...paths: Path[]): Mention {
  return { paths, what, as: 'decider' }
}
