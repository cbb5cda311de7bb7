import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { endProcesses, findProcesses } from '../../worker/embedded/processes.js'
import { type Leadline, leadlineOfItsOwn, type Started } from './leadline.js'

const lead = z.object({ leadId: z.string(), owner: z.object({ id: z.string() }) })
const slow = { timeout: 60_000, interval: 200 }

let leadline: Leadline
let started: Started
let intakeKey: string
let first: z.infer<typeof lead>

beforeAll(async () => {
  leadline = await leadlineOfItsOwn()
  started = await leadline.start()
  const keys = z
    .record(z.string(), z.string())
    .parse(JSON.parse(await readFile(join(leadline.home, 'keys.json'), 'utf8')))
  intakeKey = keys.intake ?? ''
}, 180_000)
afterAll(() => leadline.remove(), 60_000)

/** Does what a person does with the line: pastes it into a shell. */
async function paste(output: string): Promise<z.infer<typeof lead>> {
  const line = /^\s*(curl .*)$/m.exec(output)?.[1] ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', line])
  return lead.parse(JSON.parse(stdout))
}

async function statusOf(path: string, key?: string): Promise<number> {
  const headers = new Headers(key === undefined ? [] : [['authorization', `Bearer ${key}`]])
  return (await fetch(new URL(path, leadline.url), { headers })).status
}

describe('leadline start', { timeout: 180_000 }, () => {
  it('prints a line that gets a lead an owner', async () => {
    first = await paste(started.text())
    expect(first.owner.id).not.toBe('')
    expect(await statusOf(`/v1/leads/${first.leadId}`, intakeKey)).toBe(200)
  })

  it('prints a key for each role, and keeps them for its owner alone', async () => {
    for (const role of ['administrator', 'operations', 'manager', 'rep', 'intake', 'auditor']) {
      expect(started.text()).toMatch(new RegExp(`^  ${role} +ll_${role}_`, 'm'))
    }
    expect((await stat(join(leadline.home, 'keys.json'))).mode & 0o077).toBe(0)
  })

  it('prints links that sign in, and where everything is', async () => {
    const links = started.text().match(/http\S+\/sign-in\/\S+/g) ?? []
    expect(links).toHaveLength(3)
    for (const link of links) expect((await fetch(link)).status).toBe(200)
    for (const path of ['/docs', '/desk', '/mail']) expect(started.text()).toContain(`${leadline.url}${path}`)
    const ui = /Temporal UI +(\S+)/.exec(started.text())?.[1] ?? ''
    expect((await fetch(ui)).status).toBe(200)
  })

  it('leads from a lead to its workflow in the Temporal UI', async () => {
    const key = /^  operations +(ll_\S+)/m.exec(started.text())?.[1] ?? ''
    const response = await fetch(new URL(`/v1/leads/${first.leadId}`, leadline.url), {
      headers: { authorization: `Bearer ${key}` },
    })
    const { workflow } = z.object({ workflow: z.object({ url: z.url() }) }).parse(await response.json())
    expect(workflow.url).toContain(`/namespaces/leadline/workflows/lead-${first.leadId}`)
    expect((await fetch(workflow.url)).status).toBe(200)
    const { text } = await leadline.run(['lead', 'show', first.leadId])
    expect(text).toContain(workflow.url)
  })

  it('catches the mail that a lead causes', async () => {
    const key = /^  operations +(ll_\S+)/m.exec(started.text())?.[1] ?? ''
    const headers = { authorization: `Bearer ${key}` }
    const mails = async () => (await fetch(new URL('/v1/mail', leadline.url), { headers })).text()
    await expect.poll(mails, slow).toContain('@acme.example')
    expect(await statusOf('/v1/mail', intakeKey)).toBe(403)
    expect(await statusOf('/mail')).toBe(401)
  })

  it('refuses to run twice on one folder, in one line that says where it runs', async () => {
    const { code, text } = await leadline.run(['start'], { PORT: '4711' })
    expect(code).toBe(1)
    expect(text).toContain(`process ${started.pid}, ${leadline.url}`)
    expect(text).not.toMatch(/^ +at /m)
  })

  it('is not ready while its servers are away, and brings them back', async () => {
    const servers = await findProcesses(command => command.some(part => part.startsWith(`${leadline.home}/`)))
    expect(servers).toHaveLength(2)
    await endProcesses(servers, [{ signal: 'SIGKILL', seconds: 5 }])
    await expect.poll(() => statusOf('/readyz'), slow).toBe(503)
    await expect.poll(() => statusOf('/readyz'), slow).toBe(200)
    expect(await statusOf(`/v1/leads/${first.leadId}`, intakeKey)).toBe(200)
  })

  it('is found well by the doctor', async () => {
    const { code, text } = await leadline.run(['doctor'])
    expect(text).not.toMatch(/^not ok/m)
    expect(text).toContain(`process ${started.pid} at ${leadline.url}`)
    expect(code).toBe(0)
    expect((await paste(text)).owner.id).not.toBe('')
  })

  it('knows every lead again after kill -9, though its servers were left behind', async () => {
    const servers = await leadline.processes()
    const guards = await findProcesses(
      command => command.includes('leadline-guard') && servers.includes(Number(command.at(-1))),
    )
    expect(guards).toHaveLength(2)
    await endProcesses(guards, [{ signal: 'SIGKILL', seconds: 5 }])
    started.killHard()
    await started.ended
    expect(await leadline.processes()).toHaveLength(2)
    started = await leadline.start()
    expect(await statusOf(`/v1/leads/${first.leadId}`, intakeKey)).toBe(200)
    expect((await paste(started.text())).owner.id).not.toBe('')
  })

  it('is not reset while it runs', async () => {
    const { code, text } = await leadline.run(['reset', '--yes'])
    expect(code).toBe(1)
    expect(text).toContain('Leadline already runs')
  })

  it('ends cleanly when it is asked to', async () => {
    const { code } = await leadline.run(['stop'])
    expect(code).toBe(0)
    expect(await started.ended).toBe(0)
    expect(await leadline.processes()).toEqual([])
    const log = await readFile(join(leadline.home, 'postgres.log'), 'utf8')
    expect(log.trim().split('\n').at(-1)).toContain('database system is shut down')
    expect((await leadline.run(['stop'])).code).toBe(0)
  })

  it('ends with one line and a code when its port is taken', async () => {
    const port = Number(new URL(leadline.url).port)
    const other = createServer()
    await new Promise<void>(resolve => other.listen(port, '127.0.0.1', resolve))
    const { code, text } = await leadline.run(['start'])
    await new Promise(resolve => other.close(resolve))
    expect(code).toBe(1)
    expect(text.trim().split('\n').at(-1)).toContain(`Port ${port} (PORT) is in use`)
  })

  it('is missed by the doctor, who says how to start it', async () => {
    const { code, text } = await leadline.run(['doctor'])
    expect(code).toBe(1)
    expect(text).toMatch(/^not ok instance: none runs on .*npm start/m)
  })

  it('writes no personal data into its logs', async () => {
    for (const name of ['leadline.log', 'temporal.log', 'postgres.log']) {
      const log = await readFile(join(leadline.home, name), 'utf8')
      expect(log).not.toMatch(/Grace|Tester|acme\.example|grace@/)
    }
  })
})
