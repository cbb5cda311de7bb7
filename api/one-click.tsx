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
  app.use('/a/:token', async (c, next) => {
    // The address is a key to one act.
    c.header('Cache-Control', 'no-store')
    await next()
  })

  // Mail scanners and chat previews follow links, so following one changes nothing.
  app.get('/a/:token', async c => {
    const link = await readAcknowledgeLink(deps.db, c.req.param('token'), deps.now())
    if (link.kind !== 'good') return c.html(<BadLink kind={link.kind} />, 410)
    switch (await standing(deps, link)) {
      case 'closed':
        return c.html(<Closed />, 409)
      case 'elsewhere':
        return c.html(<MovedOn />, 409)
      default:
        return c.html(<Confirm />)
    }
  })

  // No cookie is asked for and none counts: what the link says is all that it can do.
  app.post('/a/:token', async c => {
    const link = await readAcknowledgeLink(deps.db, c.req.param('token'), deps.now())
    if (link.kind !== 'good') return c.html(<BadLink kind={link.kind} />, 410)
    const stands = await standing(deps, link)
    if (stands !== 'theirs') return c.html(stands === 'closed' ? <Closed /> : <MovedOn />, 409)
    const sent = await acknowledge(deps, link)
    if (sent === null) return c.html(<NotNow />, 503)
    if ('pending' in sent) return c.html(<Pending />, 202)
    if (sent.ok) return c.html(<Done />)
    return c.html(sent.code === 'closed' ? <Closed /> : <MovedOn />, 409)
  })
}

/** The lead may have gone to somebody else and come back since: then another mail has another link. */
async function standing(deps: ApiDeps, { of }: Good): Promise<'theirs' | 'elsewhere' | 'closed'> {
  const found = await leadOutcome(deps.db, of.lead)
  if (found === null) return 'elsewhere'
  if (found.outcome !== null) return 'closed'
  return found.owner?.id === of.rep && found.hop === of.hop ? 'theirs' : 'elsewhere'
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

/** It is kept, and counts as of now however late it is applied. */
function Pending() {
  return (
    <Page title="Taken down">
      <p>Thank you. It counts as of now; the lead itself answers a little later.</p>
      <DeskLink>To your queue</DeskLink>
    </Page>
  )
}

function MovedOn() {
  return (
    <Page title="This lead is not yours any more">
      <p>
        It has moved on, so there is nothing to acknowledge. If it came back to you, a later mail has its
        link.
      </p>
      <DeskLink>To your queue</DeskLink>
    </Page>
  )
}

function Closed() {
  return (
    <Page title="This lead is closed">
      <p>There is nothing to acknowledge any more.</p>
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
