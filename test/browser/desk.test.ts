import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { rows, sql } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import type { ApiUnderTest } from '../api/api-under-test.js'
import { deskUnderTest, leadOfAna } from '../api/desk-under-test.js'
import { openRequest, openReview, queueLead, receiveLead, tellInApp } from '../api/people-in-sales.js'

const executablePath = inject('chromiumPath')

/** What axe-core's `run` gives, as far as the test looks. */
const axeResults = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string() })),
    }),
  ),
})

describe.skipIf(executablePath === null)('the desk in a browser without scripts of ours', () => {
  let api: ApiUnderTest
  let server: ReturnType<typeof createAdaptorServer>
  let browser: Browser
  let address: string
  let lead: LeadId
  let queued: LeadId
  beforeAll(async () => {
    api = await deskUnderTest()
    lead = await leadOfAna(api)
    await openReview(api.db, lead)
    await openRequest(api.db, lead, 'ana')
    await tellInApp(api.db, lead, 'mara', 'Somebody asks')
    queued = await receiveLead(api.db)
    api.leads.started.push(queued)
    await queueLead(api.db, queued, 'ana', 'mara')
    server = createAdaptorServer({ fetch: api.app.fetch })
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', () => resolve())
    })
    address = `http://127.0.0.1:${portOf(server.address())}`
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  })
  afterAll(async () => {
    await browser?.close()
    await new Promise(resolve => {
      server.close(resolve)
    })
    await api.close()
  })

  async function signIn(page: Page, role: 'rep' | 'manager', rep: string): Promise<void> {
    await page.goto(`${address}${await api.linkFor(role, rep)}`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/desk')
  }

  async function violationsOf(page: Page): Promise<string[]> {
    const { violations } = axeResults.parse(await page.evaluate(`${axe.source}; axe.run()`))
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)
  }

  it('lets a rep come in by her link, acknowledge her lead, and go out again', async () => {
    const page = await browser.newPage()
    await signIn(page, 'rep', 'ana')
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await page.getByText('Acknowledged.').waitFor()
    expect(api.leads.heard).toMatchObject([{ lead, name: 'acknowledge', payload: { actor: { id: 'ana' } } }])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Signed out' }).waitFor()
    await page.goto(`${address}/desk`)
    await page.getByRole('heading', { name: 'Please sign in' }).waitFor()
    await page.close()
  })

  it('lets a rep accept a lead from a queue, and hear that somebody was faster', async () => {
    const page = await browser.newPage()
    await signIn(page, 'rep', 'ana')
    api.leads.answerNext({ ok: false, code: 'taken', detail: ['mara'], status: 'assigned', owner: 'mara' })
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.getByText('Somebody else was faster').waitFor()
    expect(api.leads.heard.at(-1)).toMatchObject({ lead: queued, name: 'acceptLead' })
    await page.close()
  })

  it('takes a lead from the contact form, without a script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${address}/f/contact-form?utm_source=fair`)
    await page.getByLabel('First name').fill('Grace')
    await page.getByLabel('Email', { exact: true }).fill('grace@example.com')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('heading', { name: 'Thank you' }).waitFor()
    const stored = await rows(
      api.db,
      z.object({ raw: z.json() }),
      sql`select raw from submissions where raw->>'firstName' = 'Grace'`,
    )
    expect(stored).toMatchObject([
      { raw: { email: 'grace@example.com', utm: { source: 'fair' }, consent: false } },
    ])
    await context.close()
  })

  it.each(['light', 'dark'] as const)(
    'is accessible on every page, in %s colours, on a phone',
    async colorScheme => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 360, height: 740 },
        bypassCSP: true,
      })
      const page = await context.newPage()
      await signIn(page, 'manager', 'mara')
      const paths = [
        '/desk',
        '/desk/leads?flash=decided',
        `/desk/leads/${lead}`,
        `/desk/leads/${queued}`,
        '/desk/reviews',
        '/desk/requests',
        '/desk/messages',
        '/desk/sign-in',
        '/desk/nowhere',
        '/f/contact-form',
        '/f/unheard-of',
      ]
      for (const path of paths) {
        await page.goto(`${address}${path}`)
        await page.evaluate(`for (const part of document.querySelectorAll('details')) part.open = true`)
        expect(await violationsOf(page), path).toEqual([])
        const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        expect(wider, `${path} is wider than the phone`).toBeLessThanOrEqual(0)
      }
      await context.close()
    },
  )
})

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
