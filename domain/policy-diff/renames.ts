/** Which things of a policy are only called otherwise: all else of them is the same. */
import { assertNever } from '../ids.js'
import type { Policy } from '../policy.js'
import { type Change, textOf } from './compare.js'
import { type NamedSection, namedSections, underOtherNames } from './references.js'

const nouns: Record<NamedSection, string> = {
  calendars: 'calendar',
  lists: 'list',
  sources: 'source',
  campaigns: 'campaign',
  segments: 'segment',
  territories: 'territory',
  pools: 'pool',
  slas: 'SLA',
  score: 'criterion',
  rules: 'rule',
}

/**
 * The renames, and the earlier policy under the later one's names, so that nothing that calls the renamed thing by its
 * new name counts as changed.
 */
export function withoutRenames(before: Policy, after: Policy): { before: Policy; changes: Change[] } {
  const changes: Change[] = []
  let policy = before
  // Whoever refers to something renamed is the same only once that name is known: until a round finds nothing more.
  for (;;) {
    const found = namedSections.flatMap(section => renamesIn(section, policy, after))
    if (found.length === 0) return { before: policy, changes }
    const names = new Map(found.map(({ section, from, to }) => [`${section} ${from}`, to]))
    policy = underOtherNames(policy, (section, id) => names.get(`${section} ${id}`) ?? id)
    changes.push(
      ...found.map(({ section, from, to }): Change => {
        const sentence = `${nouns[section]} ${from} is now called ${to}`
        return { kind: 'renamed', path: [section, to], sentence }
      }),
    )
  }
}

type Found = { section: NamedSection; from: string; to: string }

function renamesIn(section: NamedSection, before: Policy, after: Policy): Found[] {
  const [earlier, later] = [contentsOf(section, before), contentsOf(section, after)]
  const gone = [...earlier].filter(([id]) => !later.has(id))
  return [...later].flatMap(([to, content]) => {
    if (earlier.has(to)) return []
    const at = gone.findIndex(([, was]) => was === content)
    const [found] = at < 0 ? [] : gone.splice(at, 1)
    return found === undefined ? [] : [{ section, from: found[0], to }]
  })
}

/** By name, everything else of each thing. */
function contentsOf(section: NamedSection, policy: Policy): ReadonlyMap<string, string> {
  switch (section) {
    case 'score':
      return new Map(policy.score.map(({ name, ...rest }) => [name, textOf(rest)]))
    case 'segments':
      return new Map(policy.segments.map(({ id, ...rest }) => [id, textOf(rest)]))
    case 'rules':
      return new Map(policy.rules.map(({ id, ...rest }) => [id, textOf(rest)]))
    case 'calendars':
    case 'lists':
    case 'sources':
    case 'campaigns':
    case 'territories':
    case 'pools':
    case 'slas':
      return new Map(Object.entries(policy[section]).map(([id, value]) => [id, textOf(value)]))
    default:
      return assertNever(section)
  }
}
