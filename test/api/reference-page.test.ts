import { once } from 'node:events'
import { createAdaptorServer } from '@hono/node-server'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest } from './api-under-test.js'

const executablePath = inject('chromiumPath')

describe.skipIf(executablePath === null)('the reference in a browser', () => {
  let api: ApiUnderTest
  let browser: Browser
  beforeAll(async () => {
    api = await apiUnderTest()
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  })
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  it('shows the routes, asks no other host for anything and breaks no rule of its page', async () => {
    const server = createAdaptorServer({ fetch: api.app.fetch })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const page = await browser.newPage()
    const strange: string[] = []
    page.on('request', request => {
      const url = new URL(request.url())
      if (url.origin !== origin && url.protocol.startsWith('http')) strange.push(request.url())
    })
    const complaints: string[] = []
    page.on('console', message => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(error.message))
    await page.goto(`${origin}/docs`)
    await page.getByRole('heading', { name: 'Send a lead' }).waitFor({ timeout: 30_000 })
    expect(strange).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
    server.close()
  })
})
