import { userInfo } from 'node:os'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { z } from 'zod'
import { leadCommand } from '../../cli/lead.js'
import { row, sql } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import { workflowIdOf } from '../../workflows/ids.js'
import { type LastingDesk, openLastingDesk } from '../workflows/a-lasting-desk.js'

let desk: LastingDesk
beforeAll(async () => {
  desk = await openLastingDesk({ policy: document => `${document}reopen: { within: 7d }\n` })
  process.env.DATABASE_URL = desk.db.options.connectionString ?? ''
  process.env.TEMPORAL_ADDRESS = inject('temporalAddress')
  process.env.TEMPORAL_NAMESPACE = 'default'
})
afterAll(() => desk.close())

/** What `leadline lead …` prints; what it refuses is thrown. */
async function lead(...args: string[]): Promise<string> {
  let out = ''
  const spy = vi.spyOn(console, 'log').mockImplementation(text => void (out += `${String(text)}\n`))
  try {
    const command = leadCommand()
    for (const each of [command, ...command.commands])
      each.exitOverride().configureOutput({ writeErr: () => {} })
    await command.parseAsync(args, { from: 'user' })
    return out
  } finally {
    spy.mockRestore()
  }
}

let count = 0
async function owned(): Promise<LeadId> {
  count += 1
  const posted = await desk.submit({
    name: `Person ${count}`,
    email: `person${count}@acts${count}.example`,
    country: 'GB',
    product: 'for-ana',
  })
  await desk.until(posted, 'told')
  return posted
}

async function closed(): Promise<LeadId> {
  const one = await owned()
  await desk.post(`/v1/leads/${one}/close`, { outcome: 'converted', became: { account: 'acc-1' } })
  await desk.ended(one)
  return one
}

const stands = (one: LeadId) =>
  row(
    desk.db,
    z.object({ status: z.string(), generation: z.int(), erased: z.boolean() }),
    sql`select status, generation, erased_at is not null as erased from leads where id = ${one}`,
  )

describe('leadline lead reopen', () => {
  it('opens a closed lead again, in the name of whoever has the terminal', async () => {
    const one = await closed()
    expect(await lead('show', one)).toContain('Became    account acc-1')
    expect(await lead('reopen', one, '--reason', 'called-back')).toBe(`Lead ${one} is open again.\n`)
    expect(await stands(one)).toMatchObject({ generation: 1 })
    expect((await desk.story(one)).find(({ kind }) => kind === 'reopened')).toMatchObject({
      actor: userInfo().username,
      data: { reason: 'called-back' },
    })
    expect(await lead('show', one)).toContain('Opened again (called back)')
    // Nobody works on the queue of an instance that does not run.
    await desk.client.workflow.getHandle(workflowIdOf(one)).terminate('for the test')
  })

  it('says in a line why it cannot be', async () => {
    const one = await owned()
    await expect(lead('reopen', one, '--reason', 'called-back')).rejects.toThrow(
      'The lead is not in a state for this (possible: lost, disqualified, rejected, converted)',
    )
    await expect(lead('reopen', one, '--reason', 'She called back')).rejects.toThrow(
      '--reason She called back: expected lower-case letters, digits and hyphens',
    )
    await expect(lead('reopen', one)).rejects.toThrow('--reason')
  })
})

describe('leadline lead split', () => {
  it('splits a submission off, and says what there is not to split', async () => {
    const survivor = await owned()
    const other = await desk.submit({
      email: `person${count}@acts${count}.example`,
      country: 'GB',
      product: 'for-ana',
    })
    await desk.ended(other)
    expect(await lead('split', survivor, other)).toBe(
      `Lead ${other} is split off from ${survivor} and begins its own life.\n`,
    )
    expect(await stands(other)).toMatchObject({ generation: 1 })
    await expect(lead('split', survivor, other)).rejects.toThrow('not possible: no-such-item')
  })
})

describe('leadline lead erase', () => {
  it('does nothing without --yes', async () => {
    const one = await owned()
    await expect(lead('erase', one)).rejects.toThrow('With --yes it does.')
    expect(await stands(one)).toMatchObject({ erased: false })
  })

  it('forgets the person of an open lead and of a closed one', async () => {
    for (const one of [await owned(), await closed()]) {
      expect(await lead('erase', one, '--yes')).toBe(`Everything personal of lead ${one} is erased.\n`)
      expect(await stands(one)).toMatchObject({ status: 'closed', erased: true })
      const shown = await lead('show', one)
      expect(shown).toContain('Erased    ')
      expect(shown).toContain('Everything personal is erased')
    }
  })

  it('knows no lead that is not there', async () => {
    await expect(lead('erase', '0b0e7ab1-6a0c-4a7e-9c1e-6a3d2b1f0c55', '--yes')).rejects.toThrow(
      'There is nothing here that you may see',
    )
  })
})
