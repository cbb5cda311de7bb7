/** The contact form: a page that works without a script, and the address that any HTML form can be posted to. */
import { createHash, randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { currentPolicy, NoPolicy } from '../../db/policies.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { takeIn, unknownFieldsOf } from '../intake.js'
import { answerFailure, logToStandardError, Problem } from '../problem.js'
import { type FormSource, formSourceOf, readForm, tokenName, trapName, type Typed } from './fields.js'
import { FormPage, NoFormPage, NotSentPage, ThanksPage } from './page.js'

/** Every field at its limit fits; attachments do not. */
const mostFormBytes = 64 * 1024

/** Mounted at `/f`, before the API's own limit of a body. Anyone may call it: it knows no session and sets no cookie. */
export function createForm(deps: ApiDeps): Hono<ApiEnv> {
  const form = new Hono<ApiEnv>()
  form.onError(async (error, c) => {
    if (error instanceof Problem && error.status === 404) return c.html(<NoFormPage />, 404)
    const { status } = await answerFailure(deps.logFailure ?? logToStandardError())(error, c)
    const isTooLong = status === 413
    return c.html(<NotSentPage isTooLong={isTooLong} />, isTooLong ? 413 : status < 500 ? 400 : 500)
  })
  form.use(
    bodyLimit({
      maxSize: mostFormBytes,
      onError: () => {
        throw new Problem(413, 'too-large')
      },
    }),
  )
  form.use(async (c, next) => {
    // The token is of one visit: a page from a cache would hand it to the next visitor too.
    c.header('Cache-Control', 'no-store')
    await next()
  })

  form.get('/:source', async c => {
    const source = await sourceWithForm(deps, c.req.param('source'))
    return c.html(<FormPage source={source} token={randomUUID()} typed={c.req.query()} errors={{}} />)
  })

  form.post('/:source', async c => {
    const source = await sourceWithForm(deps, c.req.param('source'))
    const typed = await typedIn(c)
    // A program that learns that it was seen through learns to do better.
    if (typed[trapName] !== undefined && typed[trapName] !== '') return c.html(<ThanksPage />)
    const read = readForm(source, typed)
    const token = typed[tokenName] ?? randomUUID()
    if (!read.ok)
      return c.html(<FormPage source={source} token={token} typed={typed} errors={read.errors} />, 422)
    await takeIn(deps, {
      body: read.body,
      raw: read.raw,
      channel: 'form',
      idempotencyKey: keyOf(token, read.raw),
      submittedBy: `form:${source.id}`,
      unknownFields: unknownFieldsOf(read.raw),
    })
    return c.html(<ThanksPage />)
  })

  form.all('*', () => {
    throw new Problem(404, 'not-found')
  })
  return form
}

/**
 * The token alone would lose a message: whoever goes back in the browser and writes something else sends the old token
 * with it. With the content in the key, only what is the same twice is one lead.
 */
function keyOf(token: string, raw: Record<string, unknown>): string {
  return createHash('sha256')
    .update(JSON.stringify([token, raw]))
    .digest('base64url')
}

/** @throws Problem 404 for a source that has no form by the policy in force */
async function sourceWithForm(deps: ApiDeps, id: string): Promise<FormSource> {
  try {
    const source = formSourceOf((await currentPolicy(deps.db)).policy, id)
    if (source !== null) return source
  } catch (error) {
    if (!(error instanceof NoPolicy)) throw error
  }
  throw new Problem(404, 'not-found')
}

/** Of a name that comes twice the last counts; a file is no answer to anything that is asked. */
async function typedIn(c: Context<ApiEnv>): Promise<Typed> {
  const body = await c.req.parseBody().catch(() => {
    // A multipart body that ends too early, or names no boundary.
    throw new Problem(400, 'malformed-request')
  })
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  )
}
