import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sample } from './lint-faults.js'

const root = new URL('../../', import.meta.url)
const program = `
  const { lintCommand } = await import('./cli/policy-lint.ts')
  const { explainCommand } = await import('./cli/policy-explain.ts')
  const [command, ...words] = JSON.parse(process.env.WORDS)
  await (command === 'lint' ? lintCommand() : explainCommand()).parseAsync(words, { from: 'user' })
`

/** The command in a process of its own, since it sets the exit code. */
async function run(...words: string[]): Promise<{ lines: string[]; exitCode: number }> {
  const env = { ...process.env, WORDS: JSON.stringify(words) }
  return new Promise(resolve => {
    const options = { cwd: root, env }
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      options,
      (_, stdout) => resolve({ lines: stdout.trim().split('\n'), exitCode: child.exitCode ?? -1 }),
    )
  })
}

describe('leadline policy lint', { timeout: 60_000 }, () => {
  it('says where a finding stands, shows a lead for it and how to put it right, and fails on an error', async () => {
    const { lines, exitCode } = await run(
      'lint',
      'policies/demo.yaml',
      '--people',
      'policies/demo-people.yaml',
    )
    const at = lines.findIndex(line => line.includes('error ambiguous-rules'))
    expect(lines[at]).toMatch(
      /^policies\/demo\.yaml:\d+:5: error ambiguous-rules: rule tails is as specific as heads/,
    )
    expect(lines[at + 2]).toBe(
      '  suggestion: give one of them a rank (the lower wins), or let one ask for more',
    )
    expect(lines.at(-1)).toMatch(/^policies\/demo\.yaml: 1 error, 1 warning, \d+ notes\.$/)
    expect(exitCode).toBe(1)

    const file = join(await mkdtemp(join(tmpdir(), 'lint-')), 'lead.yaml')
    await writeFile(file, (lines[at + 1] ?? '').replace('  for example: ', ''))
    const explained = await run('explain', 'policies/demo.yaml', '--lead', file, '--json')
    expect(JSON.parse(explained.lines.join('\n')).decision).toMatchObject({
      kind: 'review',
      review: 'ambiguous-rule',
      between: ['heads', 'tails'],
    })
  })

  it('passes a policy of notes alone, and says nothing of people without their document', async () => {
    const { lines, exitCode } = await run('lint', 'policies/acme.yaml')
    expect(lines.at(-1)).toMatch(/^policies\/acme\.yaml: 0 errors, 0 warnings, \d+ notes\.$/)
    expect(exitCode).toBe(0)
  })

  it('gives programs the same, with the whole lead', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lint-'))
    const file = join(folder, 'policy.yaml')
    await writeFile(file, sample('acme.yaml').replace('assign: jack,', 'assign: jill,'))
    const { lines, exitCode } = await run('lint', file, '--people', 'policies/acme-people.yaml', '--json')
    const answer = JSON.parse(lines.join('\n'))
    expect(answer).toMatchObject({ file, errors: 1, warnings: 0 })
    expect(answer.findings[0]).toMatchObject({
      severity: 'error',
      check: 'unknown-person',
      column: expect.any(Number),
      message: 'jill: neither a pool nor a person has this name',
      counterExample: { lead: { country: 'US', missing: [], source: 'contact-form' } },
    })
    const { line, column } = answer.findings[0]
    const { path } = answer.findings[0]
    expect(path).toMatch(/^rules\[\d+\]\.assign$/)
    const text = sample('acme.yaml').replace('assign: jack,', 'assign: jill,').split('\n')[line - 1]
    expect(text?.slice(column - 1, column + 3)).toBe('jill')
    expect(exitCode).toBe(1)
  })
})
