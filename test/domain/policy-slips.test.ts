import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../domain/policy-document.js'
import { errorsOf, policyWith, years } from './a-policy-document.js'

describe('a slip in a policy', () => {
  const cases = readFileSync(new URL('./policy-slips.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n\n')
    .map(slipOf)
  it.each(cases)('such as $sentence', ({ changed, errors }) => {
    expect(errorsOf(policyWith(...changed))).toEqual(errors)
  })
})

/** A line with what it is about, the sections that say it, and one line for each error. */
function slipOf(text: string): { sentence: string; changed: string[]; errors: string[] } {
  const lines = text.split('\n')
  const said = lines.slice(1).filter(line => !line.startsWith('> '))
  return {
    sentence: lines[0]?.replace('# ', '') ?? '',
    changed: said.join('\n').split(/\n(?=[a-z])/),
    errors: lines.filter(line => line.startsWith('> ')).map(line => `p.yaml:${line.slice(2)}`),
  }
}

describe('an error of a policy', () => {
  it('can be read by a program as well', () => {
    const parsed = parsePolicy(
      policyWith('rules:\n  - { id: it, when: { country: GB }, assign: sdr, sla: hott }'),
      'p.yaml',
      years,
    )
    expect(parsed).toEqual({
      ok: false,
      errors: [
        {
          file: 'p.yaml',
          line: 2,
          column: 56,
          path: 'rules[0].sla',
          message: 'unknown service level',
          value: 'hott',
          allowed: ['hot', 'normal'],
          didYouMean: 'hot',
        },
      ],
    })
  })

  it('is one, however many sections of an empty document are missing', () => {
    expect(errorsOf('')).toEqual(['p.yaml:1:1: document: expected a mapping, not nothing'])
  })

  it('names what is missing from a document that has hardly begun', () => {
    expect(errorsOf('policy: Test').map(error => error.split(':')[3]?.trim())).toEqual([
      'zone',
      'sources',
      'pools',
      'otherwise',
      'reviews',
      'slas',
      'campaigns',
    ])
  })

  it('stops a document that is too long or too deep before it is read', () => {
    expect(errorsOf(`policy: ${'x'.repeat(1_000_000)}`)).toEqual([
      'p.yaml:1:1: document: longer than 1000000 characters',
    ])
    const deep = `qualify: { qualified: ${'{ not: '.repeat(40)}{ country: GB }${' }'.repeat(40)} }`
    expect(errorsOf(policyWith(deep)).join()).toContain('nested deeper than 30 levels')
    expect(errorsOf('['.repeat(100_000)).length).toBeLessThan(30)
  })
})

describe('a policy in which anything was changed', () => {
  const lines = readFileSync(new URL('../../policies/acme.yaml', import.meta.url), 'utf8').split('\n')
  const words = [
    '',
    '{',
    '[',
    '- x',
    'x: y',
    'null',
    '[]',
    '{}',
    '5',
    '"',
    '*a',
    'rules:',
    'ana',
    'hot',
    '5m',
    '-',
  ]

  it('is a policy or has errors with places inside of it, and never stops the reader', () => {
    const change = fc.record({
      line: fc.nat(lines.length - 1),
      column: fc.nat(60),
      cut: fc.nat(12),
      put: fc.constantFrom(...words),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
        const changed = changes.reduce((so, { line, column, cut, put }) => {
          const text = so[line] ?? ''
          return so.with(line, text.slice(0, column) + put + text.slice(column + cut))
        }, lines)
        const parsed = parsePolicy(changed.join('\n'), 'p.yaml', years)
        for (const { line, column } of parsed.ok ? [] : parsed.errors) {
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(changed.length)
          expect(column).toBeLessThanOrEqual((changed[line - 1]?.length ?? 0) + 1)
          expect(column).toBeGreaterThanOrEqual(1)
        }
      }),
      { numRuns: 100 },
    )
  })
})
