/** Policy documents for tests: the least that one says, and whatever a test wants to say otherwise. */
import type { People } from '../../domain/people.js'
import { parsePeople } from '../../domain/people-document.js'
import type { Policy } from '../../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'

export const years = { holidayYears: [2026, 2027] } as const

/** The least that a policy of ours says, one section a line. */
const sections: Record<string, string> = {
  policy: 'policy: Test',
  zone: 'zone: Europe/London',
  sources: 'sources: { form: { campaign: general, fields: [intent] }, list: { campaign: fairs } }',
  campaigns: 'campaigns: { general: {}, fairs: { notify: full } }',
  lists: 'lists: { named: [Globex] }',
  segments: 'segments: { large: { employees: ">= 1000" }, small: { otherwise: true } }',
  territories: 'territories: { uk: { country: GB }, dach: { country: [DE, AT, CH] } }',
  pools: 'pools: { sdr: { turns: { ana: 2, ben: 1 } }, ae: { turns: everyone with role ae } }',
  otherwise: 'otherwise: sdr',
  reviews: 'reviews: { decides: role sales-ops }',
  slas: 'slas: { hot: { firstTouch: 30m }, normal: { firstTouch: 4h } }',
  sla: 'sla: normal',
}

/** A policy that begins with these sections, so that their lines count from 1; the others follow unchanged. */
export function policyWith(...changed: string[]): string {
  const keys = changed.map(text => text.slice(0, text.indexOf(':')))
  const others = Object.entries(sections).flatMap(([key, text]) => (keys.includes(key) ? [] : [text]))
  return [...changed, ...others].join('\n')
}

export function policyOf(...changed: string[]): Policy {
  const parsed = parsePolicy(policyWith(...changed), 'p.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'p.yaml'))
  return parsed.policy
}

export function errorsOf(text: string): string[] {
  const parsed = parsePolicy(text, 'p.yaml', years)
  return parsed.ok ? [] : formatPolicyErrors(parsed.errors, 'p.yaml').split('\n')
}

export function peopleOf(text: string): People {
  const parsed = parsePeople(text, 'people.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'people.yaml'))
  return parsed.people
}
