/** Signing in with a link that works once, and out again. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { endSession, sessionDays, signIn, signInLinkIsGood } from '../db/access.js'
import type { ApiDeps } from './app.js'
import { type ApiEnv, refuseOtherOrigin, sessionCookie } from './auth.js'
import { Page } from './small-page.js'

export function addSignIn(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  // Opening the link shows a button and uses nothing up: mail scanners and chat previews open links too.
  app.get('/sign-in/:token', async c => {
    const isGood = await signInLinkIsGood(deps.db, c.req.param('token'), deps.now())
    return isGood ? c.html(<ConfirmPage />) : c.html(<UsedLinkPage />, 410)
  })

  app.post('/sign-in/:token', async c => {
    // Else another site could sign a visitor in as somebody else.
    refuseOtherOrigin(c, deps.publicUrl)
    const session = await signIn(deps.db, c.req.param('token'), deps.now())
    if (session === null) return c.html(<UsedLinkPage />, 410)
    setCookie(c, sessionCookie, session, { ...cookieOptions(deps), maxAge: sessionDays * 86_400 })
    return c.redirect('/desk', 303)
  })

  app.post('/sign-out', async c => {
    refuseOtherOrigin(c, deps.publicUrl)
    const session = getCookie(c, sessionCookie)
    if (session !== undefined) await endSession(deps.db, session, deps.now())
    deleteCookie(c, sessionCookie, cookieOptions(deps))
    return c.html(<SignedOutPage />)
  })
}

function cookieOptions({ publicUrl }: ApiDeps) {
  const secure = new URL(publicUrl).protocol === 'https:'
  return { httpOnly: true, sameSite: 'Lax', path: '/', secure } as const
}

function ConfirmPage() {
  return (
    <Page title="Sign in">
      <p>This link signs this browser in to Leadline. It works once.</p>
      <form method="post">
        <button type="submit">Sign in</button>
      </form>
    </Page>
  )
}

function UsedLinkPage() {
  return (
    <Page title="This link does not work any more">
      <p>Sign-in links work once and for a limited time. Ask whoever sent it for another one.</p>
    </Page>
  )
}

function SignedOutPage() {
  return (
    <Page title="Signed out">
      <p>This browser is signed out of Leadline.</p>
    </Page>
  )
}
