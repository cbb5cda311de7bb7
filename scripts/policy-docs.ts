/**
 * Writes what is made of the sample policies: docs/policies (sentences, chart, page) and schemas. With `--check` it
 * writes nothing and fails where a file differs: `npm run docs:policies -- --check`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mermaidOf } from '../domain/diagram/mermaid.js'
import { htmlOf } from '../domain/diagram/page.js'
import type { People } from '../domain/people.js'
import { parsePeople } from '../domain/people-document.js'
import type { Policy } from '../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { peopleSchema, policySchema } from '../domain/prose/editor-schema.js'
import { introductionOf, markdownOf, sentencesOf } from '../domain/prose/sentences.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Fixed, so that what is written does not change with the year in which it is. */
const options = { holidayYears: [2026, 2027] } as const

/** Its clocks are seconds and its rules are for show: nobody signs it. */
const withoutPages: readonly string[] = ['demo']

/** Every file that this script keeps, by its path from the root. */
export function policyDocs(): ReadonlyMap<string, string> {
  return new Map([
    ...samples().flatMap(name => {
      const { policy, people } = sampleOf(name)
      return [
        [`docs/policies/${name}.md`, markdownPage(name, policy, people)] as const,
        [`docs/policies/${name}.mmd`, mermaidOf(policy, people)] as const,
        [`docs/policies/${name}.html`, htmlOf(policy, people)] as const,
      ]
    }),
    ['schemas/policy.schema.json', `${jsonText(policySchema())}\n`] as const,
    ['schemas/people.schema.json', `${jsonText(peopleSchema())}\n`] as const,
  ])
}

/** Those of the kept files that are not on the disk as they should be. */
export function driftOf(docs: ReadonlyMap<string, string>): readonly string[] {
  return [...docs].flatMap(([path, text]) => {
    const file = join(root, path)
    return existsSync(file) && readFileSync(file, 'utf8') === text ? [] : [path]
  })
}

/** The sample policies that come with people. */
function samples(): readonly string[] {
  const names = readdirSync(join(root, 'policies')).map(file => file.replace(/\.yaml$/, ''))
  return names.filter(name => names.includes(`${name}-people`) && !withoutPages.includes(name)).sort()
}

function sampleOf(name: string): { policy: Policy; people: People } {
  const read = (file: string) => readFileSync(join(root, 'policies', file), 'utf8')
  const policy = parsePolicy(read(`${name}.yaml`), `${name}.yaml`, options)
  if (!policy.ok) throw new Error(formatPolicyErrors(policy.errors, `${name}.yaml`))
  const people = parsePeople(read(`${name}-people.yaml`), `${name}-people.yaml`, options)
  if (!people.ok) throw new Error(formatPolicyErrors(people.errors, `${name}-people.yaml`))
  return { policy: policy.policy, people: people.people }
}

function markdownPage(name: string, policy: Policy, people: People): string {
  return (
    [
      `# ${policy.policy}`,
      `${introductionOf(policy)} Made of [policies/${name}.yaml](../../policies/${name}.yaml) by \`npm run docs:policies\`; [the same as one page](${name}.html).`,
      markdownOf(sentencesOf(policy, people)),
      '## At a glance',
      `\`\`\`mermaid\n${mermaidOf(policy, people)}\`\`\``,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  )
}

/** As Biome formats it: a list of plain values stands on one line where it fits. */
function jsonText(value: unknown, indent = '', before = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  if (!Array.isArray(value)) {
    const entries = Object.entries(value).map(([key, each]) => {
      const name = `${JSON.stringify(key)}: `
      return `${inner}${name}${jsonText(each, inner, inner.length + name.length)}`
    })
    return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`
  }
  const items = value.map(each => jsonText(each, inner, inner.length))
  const line = `[${items.join(', ')}]`
  const isPlain = value.every(each => typeof each !== 'object')
  if (isPlain && before + line.length < mostColumns) return line
  return `[\n${items.map(item => `${inner}${item}`).join(',\n')}\n${indent}]`
}

const mostColumns = 110

function main(): void {
  const docs = policyDocs()
  const drift = driftOf(docs)
  if (process.argv.includes('--check')) {
    for (const path of drift) console.error(`${path} is not what the policies say; run npm run docs:policies`)
    process.exitCode = drift.length > 0 ? 1 : 0
    return
  }
  for (const path of drift) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), docs.get(path) ?? '')
    console.log(path)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
