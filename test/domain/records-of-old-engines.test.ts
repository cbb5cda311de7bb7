import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decide, presentEngine, reExecute } from '../../domain/decide.js'
import { type DecisionInput, decision, decisionInput } from '../../domain/decision.js'
import { instant } from '../../domain/ids.js'
import type { Policy } from '../../domain/policy.js'
import { parsePolicy } from '../../domain/policy-document.js'

/** Written by an engine on its last day as the newest, and never again: a record must be repeatable for ever. */
function recordsOf(file: string) {
  return z
    .object({
      policy: z.string(),
      records: z.array(
        z.object({ sentence: z.string(), record: z.object({ input: decisionInput, decision }) }),
      ),
    })
    .parse(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')))
}

describe('a record of engine 2', () => {
  const { policy: document, records } = recordsOf('./records-engine-2.json')
  const policy = compiled(document)

  it('is what all of these are', () => {
    expect(new Set(records.map(({ record }) => record.input.engine))).toEqual(new Set([2]))
    expect(records.length).toBeGreaterThanOrEqual(35)
  })

  it.each(records)('comes to the same decision, word for word: it $sentence', ({ record }) => {
    expect(reExecute(policy, record)).toEqual({ same: true, decision: record.decision })
  })

  it('differs from the present engine where the last unit of a rounded standing decided', () => {
    const differing = records.filter(({ record }) => {
      const made = decide(policy, { ...record.input, engine: presentEngine })
      return JSON.stringify(made) !== JSON.stringify(record.decision)
    })
    expect(differing.map(({ sentence }) => sentence)).toEqual([
      'lets the last unit of a rounded standing decide between two that are due at once',
    ])
  })
})

describe('a record of engine 1', () => {
  const { policy: document, records } = recordsOf('./records-engine-1.json')
  const policy = compiled(document)

  it('is what all of these are', () => {
    expect(new Set(records.map(({ record }) => record.input.engine))).toEqual(new Set([1]))
    expect(records.length).toBeGreaterThanOrEqual(30)
  })

  it.each(records)('comes to the same decision, word for word: it $sentence', ({ record }) => {
    expect(reExecute(policy, record)).toEqual({ same: true, decision: record.decision })
  })

  it('knows nothing of what the policy says since', () => {
    const differing = records.filter(({ record }) => {
      const input = { ...record.input, engine: presentEngine } as const
      const people = input.people.map(person => ({ ...person, ...present }))
      return JSON.stringify(decide(policy, { ...input, people })) !== JSON.stringify(record.decision)
    })
    // Else this policy would show nothing.
    expect(differing.length).toBeGreaterThan(5)
  })

  it('is what the present engine comes to, under a policy that says nothing new', () => {
    const plain = compiled(withoutWhatIsNew(document))
    for (const { sentence, record } of records) {
      const made = decide(plain, { ...record.input, engine: presentEngine })
      expect({ sentence, made }).toEqual({ sentence, made: record.decision })
    }
  })
})

const present: Partial<DecisionInput['people'][number]> = {
  inHours: false,
  availableAtMs: null,
  languages: [],
  skills: [],
  load: { open: 2, today: 1, thisWeek: 1, dayEndsAtMs: instant(0) },
}

function withoutWhatIsNew(text: string): string {
  return text
    .replace(/, caps: \{[^}]*\}, afterLeave: catch up to 5 turns/, '')
    .replace('leastLoaded: { dora: 100, emil: 100 }, hours: only', 'turns: { dora: 100, emil: 100 }')
    .replace('queue: [ana, dora], acceptWithin: 30m, then: gina', 'turns: { ana: 1, dora: 1 }')
    .replace(/, needs: \[language\]/, '')
    .replace(/, nobodyAvailable: (\{[^}]*\}|[a-z ]+)/g, '')
    .replace(/^nobodyAvailable: .*$/m, '')
}

function compiled(text: string): Policy {
  const parsed = parsePolicy(text, 'engine-1.yaml', { holidayYears: [2026, 2027] })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.policy
}
