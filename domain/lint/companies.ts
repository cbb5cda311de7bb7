/** Which lists of the policy a company can be on at once. */
import type { Condition } from '../condition.js'
import type { Policy } from '../policy.js'
import { askedBy, listsIn } from './asked.js'
import { type Variable, variableOf } from './classes.js'
import { allOf, not } from './describe.js'

export type Company = {
  lists: readonly string[]
  /** Known by its name; otherwise at least one list has it by its domain, so that its mail is a company's. */
  byName: boolean
}

/** A lead has one company and one domain; which lists it can be on at once follows from what these have in common. */
export function companiesOf(policy: Policy): Company[] {
  const asked = [...new Set(askedBy(policy).flatMap(({ when }) => listsIn(when)))]
  const byKey = new Map<string, string[]>()
  for (const list of asked) {
    for (const key of policy.lists[list] ?? []) byKey.set(key, [...(byKey.get(key) ?? []), list])
  }
  const distinct = (keys: readonly [string, string[]][]) => [
    ...new Map(keys.map(([, lists]) => [lists.join(), lists])).values(),
  ]
  const names = distinct([...byKey].filter(([key]) => !key.includes('.')))
  const domains = distinct([...byKey].filter(([key]) => key.includes('.')))
  const named = [[], ...names].map(lists => ({ lists, byName: true }))
  const both = domains.flatMap(domain =>
    [[], ...names].map(name => ({
      lists: asked.filter(list => [...domain, ...name].includes(list)),
      byName: false,
    })),
  )
  const all = new Map<string, Company>()
  for (const company of [...named, ...both]) {
    const key = company.lists.join()
    if (!all.has(key)) all.set(key, company)
  }
  return [...all.values()]
}

export function companyVariable(companies: readonly Company[]): Variable {
  const asked = [...new Set(companies.flatMap(({ lists }) => lists))]
  const field = 'company'
  return variableOf(
    field,
    companies.map(({ lists }) => ({
      value: lists.join(', '),
      when: allOf(
        asked.map((list): Condition => {
          const on: Condition = { kind: 'onList', list }
          return lists.includes(list) ? on : not(on)
        }),
      ),
    })),
    [0],
  )
}
