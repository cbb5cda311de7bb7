import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { diagramCommand, schemaCommand, sentencesCommand } from '../../cli/policy-prose.js'
import { CannotStart } from '../../worker/cannot-start.js'

const policy = 'policies/acme.yaml'
const people = 'policies/acme-people.yaml'

const said = z.object({
  sections: z.array(z.object({ paragraphs: z.array(z.object({ about: z.array(z.string()) })) })),
})
const drawn = z.object({ groups: z.array(z.object({ id: z.string() })) })

describe('a policy for people on the command line', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadline-prose-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is sentences that call people by their names', async () => {
    const text = await printed(sentencesCommand(), [policy, '--people', people])
    expect(text).toMatch(/^Acme inbound\n/)
    expect(text).toContain(
      '- Leads in the territory UK South go to Ben; when Ben cannot, to the “UK SDR” pool.',
    )
    expect(text).toContain('someone with the role sales ops (Olga)')
  })

  it('is the same sentences for programs, with what each is about', async () => {
    const { sections } = said.parse(JSON.parse(await printed(sentencesCommand(), [policy, '--json'])))
    const about = sections.flatMap(({ paragraphs }) => paragraphs.flatMap(({ about }) => about))
    expect(about).toContain('rules/uk-south')
  })

  it('is a chart for Mermaid, for programs, and a page in a file', async () => {
    expect(await printed(diagramCommand(), [policy])).toMatch(/^flowchart LR\n/)
    const chart = drawn.parse(JSON.parse(await printed(diagramCommand(), [policy, '--json'])))
    expect(chart.groups.map(({ id }) => id)).toContain('whom')
    const file = join(folder, 'acme.html')
    expect(await printed(diagramCommand(), [policy, '--html', file])).toBe(`Wrote ${file}.\n`)
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/)
  })

  it('says what is wrong with a document, and where a page cannot be written', async () => {
    const wrong = join(folder, 'wrong.yaml')
    await writeFile(wrong, 'policy: Wrong\n')
    await expect(printed(sentencesCommand(), [wrong])).rejects.toThrow(CannotStart)
    await expect(printed(diagramCommand(), [join(folder, 'none.yaml')])).rejects.toThrow('no such file')
    const nowhere = join(folder, 'none', 'page.html')
    await expect(printed(diagramCommand(), [policy, '--html', nowhere])).rejects.toThrow(CannotStart)
  })

  it.each(['policy', 'people'])(
    'is a schema of a %s document for editors, which is here as a file',
    async which => {
      const printedSchema = JSON.parse(await printed(schemaCommand(), [which]))
      expect(printedSchema).toEqual(JSON.parse(await readFile(`schemas/${which}.schema.json`, 'utf8')))
    },
  )
})

async function printed(command: Command, args: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await command.parseAsync(args, { from: 'user' })
    return write.mock.calls.map(([text]) => String(text)).join('')
  } finally {
    write.mockRestore()
  }
}
