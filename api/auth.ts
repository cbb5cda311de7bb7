/** Who is calling: a program by its key, or a person by the session of a browser. */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { type Holder, keyHolder, sessionHolder } from '../db/access.js'
import type { Pool } from '../db/sql.js'
import type { EpochMs } from '../domain/ids.js'
import type { Actor } from '../domain/messages.js'
import { Problem } from './problem.js'

/** `id` is what stands on timelines: the person's id, else the key's name, else the role of the session. */
export type Caller = Holder & { id: string }

/** There are no bindings when a request did not come over the wire, as in tests. */
export type ApiEnv = { Bindings: Partial<HttpBindings> | undefined; Variables: { caller: Caller } }

export const sessionCookie = 'leadline_session'

export type AuthDeps = { db: Pool; now: () => EpochMs; publicUrl: string }

/**
 * Failed attempts per remote address. Keys cannot be guessed, so this only keeps guessing from being free of charge;
 * generous, since an office or a proxy is one address.
 */
const failuresPerMinute = 300

/** Answers who calls; null for nobody we know. Throws a Problem for a caller that may not even ask. */
export type Identify = (c: Context<ApiEnv>) => Promise<Caller | null>

/** One for the process: it counts the failed attempts. */
export function createIdentify(deps: AuthDeps): Identify {
  const failures = new RateLimiterMemory({ points: failuresPerMinute, duration: 60 })
  return async c => {
    const credential = credentialOf(c)
    if (credential === null) return null
    const address = c.env?.incoming?.socket.remoteAddress ?? 'unknown'
    const before = await failures.get(address)
    if (before !== null && (before.consumedPoints ?? 0) >= failuresPerMinute) {
      const seconds = Math.ceil((before.msBeforeNext ?? 60_000) / 1000)
      throw new Problem(429, 'too-many-attempts', {}, { 'Retry-After': String(seconds) })
    }
    const caller = await callerOf(deps, credential)
    if (caller === null) await failures.penalty(address)
    else if (credential.kind === 'session') refuseOtherOrigin(c, deps.publicUrl)
    return caller
  }
}

/** Lets only known callers pass, as `c.var.caller`. */
export function authenticated(identify: Identify) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const caller = await identify(c)
    if (caller === null) {
      throw new Problem(401, 'unauthenticated', {}, { 'WWW-Authenticate': 'Bearer realm="leadline"' })
    }
    c.set('caller', caller)
    await next()
  })
}

/** As whom the caller speaks to a lead. An auditor never does. */
export function actorOf(caller: Caller): Actor {
  if (caller.role === 'auditor') throw new Problem(403, 'forbidden')
  return { id: caller.id, role: caller.role }
}

/**
 * A browser sends the session's cookie with whatever page makes it ask. So what changes something must come from a
 * page of ours: the browser itself says so, by Sec-Fetch-Site or Origin. Programs with keys are not concerned.
 */
export function refuseOtherOrigin(c: Context<ApiEnv>, publicUrl: string): void {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return
  if (c.req.header('sec-fetch-site') === 'same-origin') return
  const origin = c.req.header('origin')
  // The second is for who opens the console by another name of this machine; behind a proxy only the first fits.
  if (origin === new URL(publicUrl).origin || origin === new URL(c.req.url).origin) return
  throw new Problem(403, 'other-origin')
}

type Credential = { kind: 'key' | 'session'; text: string }

/** A key counts before a cookie: a browser that sends both was told to use the key. */
function credentialOf(c: Context<ApiEnv>): Credential | null {
  const header = c.req.header('authorization')
  if (header !== undefined) {
    const key = /^Bearer +(\S+)$/i.exec(header)?.[1]
    return { kind: 'key', text: key ?? '' }
  }
  const session = getCookie(c, sessionCookie)
  return session === undefined ? null : { kind: 'session', text: session }
}

async function callerOf(deps: AuthDeps, credential: Credential): Promise<Caller | null> {
  if (credential.kind === 'key') {
    const holder = await keyHolder(deps.db, credential.text)
    return holder === null ? null : { ...holder, id: holder.rep ?? holder.name }
  }
  const holder = await sessionHolder(deps.db, credential.text, deps.now())
  return holder === null ? null : { ...holder, id: holder.rep ?? holder.role }
}
