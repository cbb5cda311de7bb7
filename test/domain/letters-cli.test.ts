import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { lettersCommand } from '../../cli/policy-letters.js'
import { CannotStart } from '../../worker/cannot-start.js'

const policy = 'policies/acme.yaml'
const people = 'policies/acme-people.yaml'
const at = '2026-11-23T10:00'

const shown = z.object({
  policy: z.string(),
  campaign: z.string().nullable(),
  owner: z.object({ id: z.string(), name: z.string() }),
  letters: z.array(z.looseObject({ letter: z.string(), sent: z.boolean() })),
  remarks: z.array(z.string()),
})

describe('the letters of one lead on the command line', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadline-letters-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const hot = {
    source: 'demo-form',
    email: 'jo@bigcorp.example',
    firstName: 'Jo',
    company: 'Big Corp',
    country: 'GB',
    employees: 5000,
    product: 'ledger',
  }

  it('are shown with the facts of the owner who is named', async () => {
    const text = await printed([
      policy,
      '--lead',
      await lead(hot),
      '--people',
      people,
      '--owner',
      'ana',
      '--at',
      at,
    ])
    expect(text).toContain('Campaign: demo-request\n')
    expect(text).toContain(
      'Acknowledgement\n    To: jo@bigcorp.example\n    Subject: Your demo of ledger\n\n    Hello Jo,',
    )
    expect(text).toContain('Acknowledgement, once the owner is known\n')
    expect(text).toContain('Choose a time that suits you: https://meet.acme.example/ana')
    expect(text).toContain('Message to the owner\n    To: ana@acme.example')
    expect(text).toContain('Message to the team\n    To: the others of the pool, or of the team')
    expect(text).not.toContain('is an example')
    expect(text).not.toMatch(/ $/m)
  })

  it('are shown with an example of an owner, who is called one, where none is named', async () => {
    const text = await printed([policy, '--lead', await lead(hot), '--at', at])
    expect(text).toContain('Choose a time with Example Owner')
    expect(text).toContain('https://meet.example.invalid/example-owner')
    expect(text).toContain('The owner is an example, not a person of yours')
  })

  it('are said to programs as well, with why one is not sent', async () => {
    const cold = { ...hot, employees: undefined, source: 'event-list' }
    const text = await printed([policy, '--lead', await lead(cold), '--at', at, '--json'])
    const { campaign, owner, letters } = shown.parse(JSON.parse(text))
    expect(campaign).toBe('events')
    expect(owner).toEqual({ id: 'example-owner', name: 'Example Owner' })
    expect(letters.map(({ letter, sent, why }) => [letter, sent, why])).toEqual([
      ['acknowledgement', false, 'no-letter'],
      ['meeting-link', false, 'no-letter'],
      ['owner', true, undefined],
      ['team', true, undefined],
    ])
    expect(await printed([policy, '--lead', await lead(cold), '--at', at])).toContain(
      'Acknowledgement: not sent, since the campaign sends none.',
    )
  })

  it.each([
    [['--owner', 'ana'], '--owner needs --people, which says who that is'],
    [
      ['--owner', 'anna', '--people', people],
      '--owner anna: nobody in policies/acme-people.yaml has this id; known: ana, ben,',
    ],
    [['--at', 'soon'], 'expected a date and time'],
  ])('are not shown with %j', async (args, message) => {
    const file = await lead(hot)
    await expect(printed([policy, '--lead', file, ...args])).rejects.toThrow(CannotStart)
    await expect(printed([policy, '--lead', file, ...args])).rejects.toThrow(message)
  })

  it('need the lead as it was sent, and a policy that can be read', async () => {
    const facts = {
      source: 'demo-form',
      campaign: null,
      country: 'GB',
      region: null,
      postcode: null,
      industry: null,
      employees: null,
      product: null,
      service: null,
      language: null,
      urgency: null,
      emailDomain: null,
      consent: null,
      account: null,
      lists: [],
      fields: {},
      missing: [],
    }
    await expect(printed([policy, '--lead', await lead(facts)])).rejects.toThrow(
      'a letter needs the lead as it was sent to us, with its email and name',
    )
    await expect(printed([people, '--lead', await lead(hot)])).rejects.toThrow(`${people}:`)
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
    await lettersCommand().parseAsync([...args], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return chunks.join('')
}
