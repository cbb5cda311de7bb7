/** One lead in a file, for the commands that try a policy on it. */
import { z } from 'zod'
import { knownFields, leadBody, routingFacts } from '../domain/lead.js'
import type { Policy } from '../domain/policy.js'
import { type Said, saidBy } from '../domain/simulation/stream.js'
import { readYaml } from '../domain/yaml.js'
import { CannotStart } from '../worker/cannot-start.js'

/**
 * A lead as the rules see it has the names of both lists; the counter-example of a finding has it under `lead`.
 * @throws CannotStart with what is wrong in it
 */
export function readLead(text: string, file: string, { sources }: Policy): { said: Said; remarks: string[] } {
  const read = readYaml(text)
  if (!read.ok)
    throw new CannotStart(
      read.faults.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
    )
  const value = unwrapped(read.value)
  const facts = routingFacts.safeParse(value)
  if (facts.success) return { said: { kind: 'facts', facts: facts.data }, remarks: [] }
  const body = z
    .looseObject({ ...leadBody.shape, account: routingFacts.shape.account.optional() })
    .safeParse(value)
  if (!body.success)
    throw new CannotStart(
      body.error.issues.map(issue => `${file}: ${sayIssue(issue, Object.keys(sources))}`).join('\n'),
    )
  const unknown = Object.keys(body.data).filter(name => name !== 'account' && !knownFields.includes(name))
  return {
    said: saidBy(leadBody.parse(body.data), body.data.account ?? null),
    remarks: unknown.length === 0 ? [] : [`Kept, but filling no field: ${unknown.join(', ')}.`],
  }
}

function unwrapped(value: unknown): unknown {
  const wrapped = z.object({ lead: z.looseObject({}) }).safeParse(value)
  return wrapped.success ? wrapped.data.lead : value
}

function sayIssue(issue: z.core.$ZodIssue, sources: readonly string[]): string {
  const field = issue.path.join('.')
  if (field === '') return 'expected one lead with its fields, such as source, email and country'
  if (field === 'source') return `source: expected the name of a source; the policy has ${sources.join(', ')}`
  return `${field}: ${issue.message}`
}
