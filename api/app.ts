/** The HTTP API: every room of it is added here, in the order in which a lead meets them. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { Pool } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { type ApiEnv, authenticated, createIdentify } from './auth.js'
import { addClockActs } from './clock-acts.js'
import { addDecisionsByPeople } from './decisions-by-people.js'
import { createDesk } from './desk/desk.js'
import { createForm } from './form/form.js'
import { addHealth } from './health.js'
import { addLeadActs } from './lead-acts.js'
import type { LeadWorkflows } from './lead-workflows.js'
import { addLetters } from './letters.js'
import { addLeads } from './leads.js'
import { addLeaves } from './leaves.js'
import type { OutcomeWatch } from './outcome-watch.js'
import { addOneClick } from './one-click.js'
import { addPolicy } from './policy.js'
import { addPolicyDrafts } from './policy-drafts.js'
import { addPolicyVersions } from './policy-versions.js'
import {
  answerFailure,
  answerNotFound,
  type FailureLog,
  logToStandardError,
  Problem,
  refuseInvalid,
} from './problem.js'
import { addReference } from './reference.js'
import { addReps } from './reps.js'
import { addSecondLives } from './second-lives.js'
import { addSignIn } from './sign-in.js'
import { addSubscriptions } from './subscriptions.js'
import { addSubmitLead } from './submit-lead.js'
import type { WorkflowLink } from './workflow-link.js'

export type ApiDeps = {
  db: Pool
  leads: LeadWorkflows
  watch: OutcomeWatch
  now: () => EpochMs
  /** Where people and programs reach us, for example `https://leads.example.com`. */
  publicUrl: string
  workflowOf: (lead: LeadId) => WorkflowLink
  ready: () => Promise<{ ready: boolean; checks: Record<string, string> }>
  /** Told of failures of ours; default: a JSON line on standard error. */
  logFailure?: FailureLog
}

/** More than the longest lead: every field at its limit is well below. */
const mostBodyBytes = 256 * 1024

export function createApi(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
  app.onError(answerFailure(deps.logFailure ?? logToStandardError()))
  app.notFound(answerNotFound)
  app.use(headers)
  // Before the limit of a body: the form has its own, and its own words for it.
  app.route('/f', createForm(deps))
  // Who calls is asked first: a stranger's body is not even read.
  app.use('/v1/*', authenticated(createIdentify(deps)))
  app.use(
    bodyLimit({
      maxSize: mostBodyBytes,
      onError: () => {
        throw new Problem(413, 'too-large')
      },
    }),
  )
  addSubmitLead(app, deps)
  addLeads(app, deps)
  addLeadActs(app, deps)
  addClockActs(app, deps)
  addSecondLives(app, deps)
  addDecisionsByPeople(app, deps)
  addReps(app, deps)
  addLeaves(app, deps)
  addPolicy(app, deps)
  addPolicyVersions(app, deps)
  addLetters(app, deps)
  addPolicyDrafts(app, deps)
  addSubscriptions(app, deps)
  addSignIn(app, deps)
  addOneClick(app, deps)
  app.route('/desk', createDesk(deps))
  addHealth(app, deps)
  addReference(app, deps)
  return app
}

const own = "'self'"

/** A page that needs more says so itself: what a route sets is kept. */
const headers = secureHeaders({
  overwrite: false,
  // Not `no-referrer`: with it a browser sends `Origin: null` from our own forms, which then look like a stranger's.
  referrerPolicy: 'same-origin',
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: [own],
    // Scalar and the small pages carry their styles with them.
    styleSrc: [own, "'unsafe-inline'"],
    imgSrc: [own, 'data:'],
    fontSrc: [own, 'data:'],
    connectSrc: [own],
    formAction: [own],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
})
