/** Acknowledging from a mail: the link shows a button, and the button does it. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Child } from 'hono/jsx'
import { leadOutcome } from '../db/leads.js'
import { type ReadLink, readAcknowledgeLink } from './acknowledge-link.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { LeadUnreachable, type Sent } from './lead-workflows.js'
import { Page } from './small-page.js'

type Good = Extract<ReadLink, { kind: 'good' }>

export function addOneClick(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  // Mail scanners and chat previews follow links, so following one changes nothing.
  app.get('/a/:token', async c => {
    const link = await readAcknowledgeLink(deps.db, c.req.param('token'), deps.now())
    if (link.kind !== 'good') return c.html(<BadLink kind={link.kind} />, 410)
    return c.html(<Confirm />)
  })

  // No cookie is asked for and none counts: what the link says is all that it can do.
  app.post('/a/:token', async c => {
    const link = await readAcknowledgeLink(deps.db, c.req.param('token'), deps.now())
    if (link.kind !== 'good') return c.html(<BadLink kind={link.kind} />, 410)
    if (!(await isStillTheirs(deps, link))) return c.html(<MovedOn />, 409)
    const sent = await acknowledge(deps, link)
    if (sent === null) return c.html(<NotNow />, 503)
    if ('pending' in sent || sent.ok) return c.html(<Done />)
    return c.html(<MovedOn />, 409)
  })
}

/** The lead may have gone to somebody else and come back since: then another mail has another link. */
async function isStillTheirs(deps: ApiDeps, { of }: Good): Promise<boolean> {
  const found = await leadOutcome(deps.db, of.lead)
  return found !== null && found.owner?.id === of.rep && found.hop === of.hop && found.outcome === null
}

async function acknowledge(deps: ApiDeps, { of, requestId }: Good): Promise<Sent | null> {
  try {
    return await deps.leads.send(of.lead, 'acknowledge', {
      requestId,
      actor: { id: of.rep, role: 'rep' },
      atMs: deps.now(),
    })
  } catch (error) {
    if (error instanceof LeadUnreachable) return null
    throw error
  }
}

function Confirm() {
  return (
    <Page title="You have a lead">
      <p>Say that you have seen it. Its details are in the mail and at your desk.</p>
      <form method="post">
        <button type="submit">I have seen it</button>
      </form>
    </Page>
  )
}

function Done() {
  return (
    <Page title="Acknowledged">
      <p>Thank you. The lead is yours, and the clock of the acknowledgement has stopped.</p>
      <DeskLink>To your queue</DeskLink>
    </Page>
  )
}

function MovedOn() {
  return (
    <Page title="This lead is not yours any more">
      <p>It has gone to somebody else or is closed, so there is nothing to acknowledge.</p>
      <DeskLink>To your queue</DeskLink>
    </Page>
  )
}

function NotNow() {
  return (
    <Page title="That did not work">
      <p>The lead cannot be reached just now. Please try again in a minute.</p>
    </Page>
  )
}

function BadLink({ kind }: { kind: 'expired' | 'forged' }) {
  return (
    <Page title="This link does not work">
      <p>
        {kind === 'expired'
          ? 'It was good for a week. The lead is at your desk, if it is still yours.'
          : 'It is not one of ours, or a part of it is missing.'}
      </p>
      <DeskLink>To your queue</DeskLink>
    </Page>
  )
}

function DeskLink({ children }: { children: Child }) {
  return (
    <p>
      <a href="/desk">{children}</a>
    </p>
  )
}
