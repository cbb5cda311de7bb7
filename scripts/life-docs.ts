/**
 * Writes the table of docs/life.md: what a lead does in every state with every message and at every instant. With
 * `--check` it writes nothing and fails where the page differs: `npm run docs:life -- --check`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MessageName } from '../domain/messages.js'
import {
  dueNames,
  messageGroups,
  type StateName,
  stateNames,
  whatAStrangerHears,
  whatComesDue,
  whatIsDone,
} from '../test/domain/life-matrix.js'

const page = fileURLToPath(new URL('../docs/life.md', import.meta.url))
const begin = '<!-- made by npm run docs:life -->'
const end = '<!-- end of what is made -->'

/** The page as it should be: its own words, with the tables of today between the marks. */
export function lifePage(): { now: string; made: string } {
  const now = readFileSync(page, 'utf8')
  const [before = '', rest = ''] = now.split(begin)
  const after = rest.split(end)[1]
  if (after === undefined) throw new Error(`docs/life.md has no ${begin} … ${end}`)
  return { now, made: `${before}${begin}\n\n${tables()}\n\n${end}${after}` }
}

function tables(): string {
  return [
    ...Object.entries(messageGroups).map(
      ([title, names]) => `### ${title}\n\n${table(['state', ...names], rowsOf(names, whatIsDone))}`,
    ),
    `### The same, said by a rep who has nothing to do with the lead\n\n${Object.values(messageGroups)
      .map(names => table(['state', ...names], rowsOf(names, whatAStrangerHears)))
      .join('\n\n')}`,
    `### Instants that come due\n\n${table(
      ['state', ...dueNames],
      stateNames.map(state => [state, ...dueNames.map(name => whatComesDue(state, name) ?? '')]),
    )}`,
  ].join('\n\n')
}

function rowsOf(names: readonly MessageName[], cell: (state: StateName, name: MessageName) => string) {
  return stateNames.map(state => [state, ...names.map(name => cell(state, name))])
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function main(): void {
  const { now, made } = lifePage()
  if (now === made) return
  if (process.argv.includes('--check')) {
    console.error('docs/life.md is not what the state machine does; run npm run docs:life')
    process.exitCode = 1
    return
  }
  writeFileSync(page, made)
  console.log('docs/life.md')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
