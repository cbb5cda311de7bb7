/** People and roles that the policy names and the roster does not have. */
import { isByRole } from '../matching.js'
import type { Roster } from '../people.js'
import { checkAgainstPeople } from '../policy/people-check.js'
import type { DocumentSource, PolicyError } from '../policy/problems.js'
import { type Path, pathText } from '../yaml.js'
import type { Finding } from './finding.js'
import { leadOn, routesOf } from './routes.js'
import type { Survey } from './survey.js'

/** A pool by a role that nobody has is told as the empty pool that it is. */
export function lintPeople(survey: Survey, roster: Roster, source: DocumentSource | undefined): Finding[] {
  const { policy } = survey
  const routes = routesOf(survey)
  const emptyPools = Object.entries(policy.pools).flatMap(([id, { members, choice }]) =>
    isByRole(members) ? [pathText(['pools', id, choice.by])] : [],
  )
  return checkAgainstPeople(policy, roster, source)
    .filter(({ path }) => !emptyPools.includes(path))
    .map((error): Finding => {
      const path = pathOf(error.path)
      const route = routes.find(each => path.length > 2 && pathText(each.path) === pathText(path.slice(0, 2)))
      const lead = route === undefined ? null : leadOn(survey, route)
      return {
        severity: 'error',
        check: 'unknown-person',
        path,
        at: path[0] === 'pools' ? 'key' : 'value',
        message: messageOf(error),
        counterExample: lead === null ? null : { lead },
        suggestion:
          error.didYouMean === undefined
            ? 'name somebody who is with us'
            : `did you mean ${error.didYouMean}?`,
      }
    })
}

function messageOf({ message, value }: PolicyError): string {
  return `${String(value)}: ${message}`
}

/** The way that `pathText` wrote. */
function pathOf(text: string): Path {
  if (text === 'document') return []
  const steps = text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)
  return [...steps].map(([, index, quoted, plain]) => {
    if (index !== undefined) return Number(index)
    return quoted === undefined ? (plain ?? '') : String(JSON.parse(quoted))
  })
}
