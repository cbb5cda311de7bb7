import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { whyTooOld } from '../../scripts/node-version.mjs'
import { progressOn } from '../../scripts/progress.mjs'
import { lineOf } from '../../scripts/tests.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

describe('the Node version', () => {
  it.each([
    { version: '18.20.4', allowed: false },
    { version: '20.18.9', allowed: false },
    { version: '20.19.0', allowed: true },
    { version: '22.1.0', allowed: true },
    { version: '24.0.0', allowed: true },
  ])('$version is enough: $allowed', ({ version, allowed }) => {
    expect(whyTooOld(version)).toEqual(allowed ? null : expect.stringContaining(`this is Node ${version}`))
  })
})

describe('the line that ends a test run', () => {
  it.each([
    { counts: { passed: 3, failed: 0, skipped: 0 }, line: '3 passed, 0 failed' },
    { counts: { passed: 3, failed: 2, skipped: 1 }, line: '3 passed, 2 failed, 1 skipped' },
  ])('$line', ({ counts, line }) => {
    expect(lineOf(counts)).toBe(line)
  })

  it('counts what could not load or set up as failed, and what did not run as skipped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadline-counts-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = (name: string, text: string) => writeFileSync(join(folder, `${name}.test.js`), text)
    file(
      'mixed',
      `it('passes', () => {}); it('fails', () => { throw 1 }); it.skip('rests', () => {}); it.todo('later')`,
    )
    file('broken', `import './nowhere.js'; it('never loads', () => {})`)
    file('unready', `describe('a', () => { beforeAll(() => { throw 1 }); it('is never reached', () => {}) })`)
    file('loud', `it('passes', async () => { Promise.reject(1); await new Promise(r => setTimeout(r, 20)) })`)
    const counts = join(folder, 'counts.json')
    const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--globals']
    const attempt = run(process.execPath, [...vitest, '--reporter', join(root, 'test/reporter.ts')], {
      env: { ...process.env, LEADLINE_TEST_COUNTS: counts },
    })
    await expect(attempt).rejects.toMatchObject({ code: 1 })
    // Failed: one test, the file that does not load, the suite that is not ready, the rejection nobody caught.
    expect(JSON.parse(readFileSync(counts, 'utf8'))).toEqual({ passed: 2, failed: 4, skipped: 3 })
  })
})

describe('what set-up says', () => {
  it('is a line for each step where nobody watches', async () => {
    const lines: string[] = []
    const progress = progressOn({ write: text => lines.push(text) })
    expect(await progress.step('Installing', () => Promise.resolve(7))).toBe(7)
    expect(lines).toEqual(['Installing …\n', expect.stringMatching(/^Installing: done in \d+ s\n$/)])
  })

  it('is a line from time to time while a step is long', async () => {
    const lines: string[] = []
    const progress = progressOn({ write: text => lines.push(text) }, { everySeconds: 0.01 })
    await progress.step('Building', () => new Promise(resolve => setTimeout(resolve, 50)))
    expect(lines.join('')).toMatch(/ {2}still at it after \d+ s: Building\n/)
  })

  it('is a line that changes in place on a terminal', async () => {
    const written: string[] = []
    const progress = progressOn({ isTTY: true, write: text => written.push(text) })
    await progress.step('Building', () => Promise.resolve())
    expect(written.at(0)).toMatch(/^\r\u001b\[2K. Building \(\d+ s\)$/u)
    expect(written.at(-1)).toMatch(/^\r\u001b\[2KBuilding: done in \d+ s\n$/)
  })
})
