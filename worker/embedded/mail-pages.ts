/** The caught mail, to be read in the browser and by programs. Its text is shown as text, whatever it says. */
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'
import { z } from 'zod'
import { type ApiEnv, authenticated, type Caller, type Identify } from '../../api/auth.js'
import { Problem } from '../../api/problem.js'
import { instant } from '../../domain/ids.js'
import type { CaughtMail, MailCatcher } from './mail-catcher.js'

const roles = ['administrator', 'operations']
const query = z.object({ limit: z.coerce.number().int().min(1).max(500).catch(100) })

/** Mail to reps and prospects is personal: it is for those who run Leadline. */
export function mailPages(catcher: MailCatcher, identify: Identify): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use('/v1/mail', authenticated(identify), async (c, next) => {
    if (!mayRead(c.var.caller)) throw new Problem(403, 'forbidden')
    await next()
  })
  app.use('/mail', readersOnly(identify))
  app.use('/mail/*', readersOnly(identify))
  app.get('/v1/mail', async c => {
    const { limit } = query.parse(c.req.query())
    return c.json({ mails: (await catcher.list(limit)).map(forPrograms) })
  })
  app.get('/mail', async c => {
    const { limit } = query.parse(c.req.query())
    return c.html(listPage(await catcher.list(limit)))
  })
  app.get('/mail/:id', async c => {
    const mail = await catcher.read(c.req.param('id'))
    if (mail === null) throw new Problem(404, 'not-found')
    return c.html(mailPage(mail))
  })
  return app
}

/** A person who may not read gets a page, not a problem document. */
function readersOnly(identify: Identify) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const caller = await identify(c)
    if (caller === null || !mayRead(caller)) return c.html(refusalPage(), caller === null ? 401 : 403)
    await next()
  })
}

function mayRead({ role }: Caller): boolean {
  return roles.includes(role)
}

function forPrograms({ receivedAtMs, ...mail }: CaughtMail) {
  return { receivedAt: when(receivedAtMs), ...mail }
}

function when(ms: number): string {
  return new Date(instant(ms)).toISOString()
}

// `html` escapes every value.
function listPage(mails: CaughtMail[]) {
  const rows = mails.map(
    mail =>
      html`<tr><td>${when(mail.receivedAtMs)}</td><td>${mail.to.join(', ')}</td><td><a href="/mail/${mail.id}">${mail.subject || '(no subject)'}</a></td></tr>`,
  )
  const table = html`<table><thead><tr><th scope="col">Received</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead><tbody>${rows}</tbody></table>`
  return page('Mail', mails.length === 0 ? html`<p>No mail has been sent yet.</p>` : table)
}

function mailPage(mail: CaughtMail) {
  return page(
    mail.subject || '(no subject)',
    html`<p><a href="/mail">All mail</a></p>
<dl><dt>Received</dt><dd>${when(mail.receivedAtMs)}</dd><dt>From</dt><dd>${mail.from}</dd><dt>To</dt><dd>${mail.to.join(', ')}</dd></dl>
<pre>${mail.text}</pre>`,
  )
}

function refusalPage() {
  const text =
    'Only administrators and operations may read it. `leadline doctor` prints a link that signs in as operations.'
  return page('Mail', html`<p>${text}</p>`)
}

function page(title: string, content: ReturnType<typeof html>) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Leadline</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ccc}pre{white-space:pre-wrap;font:inherit;border:1px solid #ccc;padding:1rem}dt{float:left;clear:left;width:6rem;color:#555}</style>
</head>
<body><main><h1>${title}</h1>
<p>No mail server is set (SMTP_URL), so what Leadline sends is kept here and reaches nobody.</p>
${content}</main></body></html>`
}
