/** The desk: what reps, managers and operations do with leads, as pages that work without a script. */
import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { ApiDeps } from '../app.js'
import { type ApiEnv, createIdentify } from '../auth.js'
import { needs } from '../permissions.js'
import { answerFailure, logToStandardError, Problem } from '../problem.js'
import { addLeadForms } from './lead-acts.js'
import { addLeadPage } from './lead.js'
import { addMessages } from './messages.js'
import { PlainPage } from './page.js'
import { addQueue } from './queue.js'
import { addRequests } from './requests.js'
import { addReviews } from './reviews.js'
import { addSecondLifeForms } from './second-lives.js'
import { addWatching } from './watching.js'

/** Mounted at `/desk`. Every form goes the way of the API: same permissions, same messages, same free text first. */
export function createDesk(deps: ApiDeps): Hono<ApiEnv> {
  const desk = new Hono<ApiEnv>()
  desk.onError(async (error, c) => {
    // Logged and numbered as the API does; only the body is for people.
    const answered = await answerFailure(deps.logFailure ?? logToStandardError())(error, c)
    return showFailure(c, answered.status, error)
  })
  desk.get('/sign-in', c => c.html(<StrangerPage />))
  desk.use(signedIn(deps), needs('readRecords'))
  addQueue(desk, deps)
  addLeadPage(desk, deps)
  addLeadForms(desk, deps)
  addSecondLifeForms(desk, deps)
  addWatching(desk, deps)
  addReviews(desk, deps)
  addRequests(desk, deps)
  addMessages(desk, deps)
  desk.all('*', () => {
    throw new Problem(404, 'not-found')
  })
  return desk
}

/** Strangers are led to the page that says how to come in; what they tried to send is not read. */
function signedIn(deps: ApiDeps) {
  const identify = createIdentify(deps)
  return createMiddleware<ApiEnv>(async (c, next) => {
    const caller = await identify(c)
    if (caller === null) return c.redirect('/desk/sign-in', 303)
    c.set('caller', caller)
    // Names and numbers of people: nothing for the caches on the way, nor for the next one at this browser.
    c.header('Cache-Control', 'no-store')
    await next()
  })
}

function showFailure(c: Context<ApiEnv>, status: number, error: Error): Response | Promise<Response> {
  if (status === 404) {
    return c.html(
      <PlainPage title="Nothing here">
        <p>There is nothing here that you may see.</p>
        <BackLink />
      </PlainPage>,
      404,
    )
  }
  if (status === 403) {
    const isForeign = error instanceof Problem && error.code === 'other-origin'
    return c.html(
      <PlainPage title="Not allowed">
        <p>{isForeign ? 'This form did not come from the desk.' : 'Your role may not do this.'}</p>
        <BackLink />
      </PlainPage>,
      403,
    )
  }
  return c.html(
    <PlainPage title="That did not work">
      <p>Something failed. Please try again in a moment.</p>
      <BackLink />
    </PlainPage>,
    status === 429 ? 429 : status < 500 ? 400 : 500,
  )
}

function BackLink() {
  return (
    <p>
      <a href="/desk">To the desk</a>
    </p>
  )
}

function StrangerPage() {
  return (
    <PlainPage title="Please sign in">
      <p>You come in with a sign-in link, which works once. Ask whoever looks after Leadline for one.</p>
    </PlainPage>
  )
}
