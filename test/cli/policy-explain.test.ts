import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { explainCommand } from '../../cli/policy-explain.js'
import { CannotStart } from '../../worker/cannot-start.js'

const policy = 'policies/acme.yaml'
const people = 'policies/acme-people.yaml'
const at = '2026-11-23T16:50'

const explained = z.object({
  at: z.string(),
  facts: z.looseObject({ country: z.string().nullable(), missing: z.array(z.string()) }),
  decision: z.looseObject({ kind: z.string(), owner: z.string().optional() }),
  why: z.array(z.string()),
  whyNot: z.record(z.string(), z.array(z.string())),
  clocks: z.array(z.object({ clock: z.string(), dueAt: z.string() })),
  remarks: z.array(z.string()),
})

describe('one lead explained on the command line', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadline-explain-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const enterprise = {
    source: 'contact-form',
    email: 'jo@bigcorp.example',
    company: 'Big Corp',
    country: 'UK',
    employees: '5000',
  }

  it('says who gets it, which rules lost, whom else it looked at, and what is due', async () => {
    const text = await printed([policy, '--lead', await lead(enterprise), '--people', people, '--at', at])
    expect(text).toContain(
      'dora owns this lead.\nRule enterprise-emea decided: the most specific: 2 dimensions.\n',
    )
    expect(text).toContain('Rule uk matched too: less specific: 1 dimension against 2.')
    expect(text).toContain('Others\ngeorg could have taken it in the pool ae-emea')
    // Half an hour of Dora's working day, of which ten minutes are left.
    expect(text).toContain('Clocks\nAcknowledged by Mon 2026-11-23 16:55 +00:00.')
    expect(text).toContain('First touch by Mon 2026-11-23 17:20 +00:00.')
  })

  it('says the same for programs, and the same again each time', async () => {
    const args = [policy, '--lead', await lead(enterprise), '--people', people, '--at', at, '--json']
    const text = await printed(args)
    expect(await printed(args)).toBe(text)
    const read = explained.parse(JSON.parse(text))
    expect(read.decision).toMatchObject({ kind: 'assigned', owner: 'dora', rule: 'enterprise-emea' })
    expect(read.facts).toMatchObject({ country: 'GB', employees: 5000, emailDomain: 'business' })
    expect(read.at).toBe('2026-11-23T16:50:00.000Z')
    expect(read.why[0]).toBe('dora owns this lead.')
    expect(Object.keys(read.whyNot)).toEqual(['georg'])
    expect(read.clocks).toEqual([
      { clock: 'acknowledge', dueAt: '2026-11-23T16:55:00.000Z' },
      { clock: 'firstTouch', dueAt: '2026-11-23T17:20:00.000Z' },
    ])
  })

  it.each([
    ['ana', 'ana was not asked: rule enterprise-emea gives this lead to the pool ae-emea.'],
    ['dora', 'dora does own this lead.'],
    ['georg', 'georg could have taken it in the pool ae-emea'],
  ])('says why it is not %s', async (rep, sentence) => {
    const text = await printed([
      policy,
      '--lead',
      await lead(enterprise),
      '--people',
      people,
      '--at',
      at,
      '--not',
      rep,
    ])
    expect(text).toContain('dora owns this lead.')
    expect(text).toContain(sentence)
  })

  it('reads YAML, and needs no people', async () => {
    const file = join(folder, 'lead.yaml')
    await writeFile(file, 'source: contact-form\nemail: jo@bigcorp.example\ncountry: Germany\ncolour: red\n')
    const { decision, remarks } = explained.parse(
      JSON.parse(await printed([policy, '--lead', file, '--json'])),
    )
    expect(decision).toMatchObject({ kind: 'assigned', rule: 'dach' })
    expect(remarks).toContain('Kept, but filling no field: colour.')
    expect(remarks.join(' ')).toContain('everyone whom the policy names is there')
  })

  it('takes a lead as the rules see it, as the counter-example of a finding', async () => {
    const read = explained.parse(
      JSON.parse(await printed([policy, '--lead', await lead(enterprise), '--at', at, '--json'])),
    )
    const again = await printed([policy, '--lead', await lead({ lead: read.facts }), '--at', at, '--json'])
    expect(explained.parse(JSON.parse(again))).toEqual(read)
  })

  it('shows what a person would be asked', async () => {
    const text = await printed([policy, '--lead', await lead({ source: 'fax', email: 'jo@a.example' })])
    expect(text).toContain('A person decides: the policy does not know the source fax.')
  })

  it('gives the account owner what the account is theirs for', async () => {
    const account = { id: 'acc-1', tier: null, owner: 'ben' }
    const text = await printed([
      policy,
      '--lead',
      await lead({ ...enterprise, account }),
      '--people',
      people,
      '--at',
      at,
    ])
    expect(text).toContain('ben owns this lead.\nAccount routing decided')
  })

  it.each([
    [{ email: 'jo@a.example' }, 'source: expected the name of a source; the policy has'],
    [{ ...enterprise, employees: 'many' }, 'employees: '],
    [['a', 'list'], 'expected one lead with its fields'],
  ])('says what is wrong with the lead %j', async (body, message) => {
    const file = await lead(body)
    await expect(printed([policy, '--lead', file])).rejects.toThrow(CannotStart)
    await expect(printed([policy, '--lead', file])).rejects.toThrow(message)
  })

  it('says where a file is wrong or missing', async () => {
    const wrong = join(folder, 'wrong.json')
    await writeFile(wrong, '{"source": "web",\n "email": "a"')
    await expect(printed([policy, '--lead', wrong])).rejects.toThrow(`${wrong}:2:`)
    await expect(printed([policy, '--lead', join(folder, 'none.json')])).rejects.toThrow(
      'there is no such file',
    )
    const good = await lead(enterprise)
    await expect(printed([policy, '--lead', good, '--at', 'soon'])).rejects.toThrow(
      'expected a date and time',
    )
  })

  let files = 0
  async function lead(body: unknown): Promise<string> {
    const file = join(folder, `lead-${files++}.json`)
    await writeFile(file, JSON.stringify(body))
    return file
  }
})

async function printed(args: readonly string[]): Promise<string> {
  const chunks: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    chunks.push(String(chunk))
    return true
  })
  try {
    await explainCommand().parseAsync([...args], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return chunks.join('')
}
