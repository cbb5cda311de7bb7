/** Pages that name code are as right as the names in them: what is built, why it is so, and how one changes it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (page: string) => readFileSync(new URL(page, root), 'utf8')

const traceability = 'docs/traceability.md'
const index = 'docs/decisions/README.md'
const records = readdirSync(new URL('docs/decisions/', root))
  .filter(file => /^\d{4}-[a-z-]+\.md$/.test(file))
  .map(file => `docs/decisions/${file}`)
  .sort()

/** What a page names from the top of the project, between backticks: a path, or a file that lies there. */
function pathsIn(markdown: string): string[] {
  const spans = [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return spans.filter(
    span => /^[\w.-]+(\/[\w.-]+)+\/?$/.test(span) || /^[\w-]+\.(ts|mjs|json|yml)$/.test(span),
  )
}

/** Where its links lead, seen from the top of the project; links to other sites are none of ours. */
function linksIn(page: string, markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
  return targets
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => new URL(target, new URL(page, 'file:///')).pathname.slice(1))
}

function missingIn(page: string, markdown: string): string[] {
  return [...pathsIn(markdown), ...linksIn(page, markdown)].filter(path => !existsSync(new URL(path, root)))
}

type Row = { number: string; code: string[]; tests: string[]; state: string }

function rowsIn(markdown: string): Row[] {
  return markdown.split('\n').flatMap(line => {
    const [number = '', , code = '', tests = '', state = ''] = line
      .split('|')
      .slice(1)
      .map(cell => cell.trim())
    return /^R\d/.test(number) ? [{ number, code: pathsIn(code), tests: pathsIn(tests), state }] : []
  })
}

describe('a path in a page', () => {
  it('is missed where it is not there, be it named or linked to', () => {
    const markdown =
      'See `domain/nobody.ts`, `api/`, `nowhere.json`, [the fair turns](../fairness.md) and [more](gone.md#part).'
    expect(missingIn('docs/decisions/page.md', markdown)).toEqual([
      'domain/nobody.ts',
      'nowhere.json',
      'docs/decisions/gone.md',
    ])
  })

  it('is told from a request, a command, an address and a word', () => {
    const markdown =
      'Say `POST /v1/leads`, `npm test`, `lead-<id>` or `patched`, as [others do](https://example.com/a).'
    expect(missingIn('docs/page.md', markdown)).toEqual([])
  })
})

describe('from requirement to test', () => {
  const rows = rowsIn(read(traceability))

  it('has each requirement once, in order', () => {
    const all = Array.from({ length: 49 }, (_, at) => `R${String(at + 1).padStart(2, '0')}`)
    expect(rows.map(({ number }) => number)).toEqual(all)
  })

  it('names only code and tests that are there', () => {
    expect(missingIn(traceability, read(traceability))).toEqual([])
  })

  it.each(rows)('$number is done, or says what is missing', ({ code, tests, state }) => {
    expect(state).toMatch(/^(done|not yet|part: \S.*)$/)
    const isThere = state !== 'not yet'
    expect(code.length > 0).toBe(isThere)
    expect(tests.length > 0).toBe(isThere)
    expect(code.filter(path => path.startsWith('test/'))).toEqual([])
    expect(tests.filter(path => !/^test\/.*\.(test|proof)\.ts$/.test(path))).toEqual([])
  })
})

describe('the pages about the whole', () => {
  it.each(['docs/architecture.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'])(
    '%s names and links to what is there',
    page => expect(missingIn(page, read(page))).toEqual([]),
  )

  it('have each query of the invariants', () => {
    const queries = readdirSync(new URL('db/invariants/', root)).map(file => file.replace('.sql', ''))
    const architecture = read('docs/architecture.md')
    expect(queries.filter(query => !architecture.includes(`\`${query}\``))).toEqual([])
  })
})

describe('the records of decisions', () => {
  it('are numbered without a gap, and the index has each once', () => {
    const numbers = records.map(page => Number(page.slice('docs/decisions/'.length).slice(0, 4)))
    expect(numbers).toEqual(records.map((_, at) => at + 1))
    expect(linksIn(index, read(index))).toEqual(records)
  })

  it('lead from the index to what is there', () => {
    expect(missingIn(index, read(index))).toEqual([])
  })

  it.each(records)('%s says why, what and what it costs, on a page, and names what is there', page => {
    const text = read(page)
    expect(text.split('\n').filter(line => line.startsWith('#'))).toEqual([
      expect.stringMatching(
        new RegExp(`^# ${Number(page.slice('docs/decisions/'.length).slice(0, 4))}\\. \\S`),
      ),
      '## Context',
      '## Decision',
      '## Drawbacks',
    ])
    expect(text.split('\n').length).toBeLessThanOrEqual(60)
    expect(missingIn(page, text)).toEqual([])
  })
})
