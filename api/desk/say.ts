/** A form of the desk as an act on a lead: the same way as the API's, then back to a page with a word on how it went. */
import type { Context } from 'hono'
import { z } from 'zod'
import type { MessageName } from '../../domain/messages.js'
import { type Act, act } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv, Caller } from '../auth.js'
import { Problem, type ProblemCode } from '../problem.js'
import type { FlashCode } from './flash.js'

export type Typed = Record<string, string>

/** The fields of a form that have something in them. Files are no answers to what the desk asks. */
export async function typedIn(c: Context<ApiEnv>): Promise<Typed> {
  const typed = Object.entries(await c.req.parseBody()).flatMap(([name, value]) =>
    typeof value === 'string' && value.trim() !== '' ? [[name, value] as const] : [],
  )
  return Object.fromEntries(typed)
}

/**
 * Says it to the lead, then shows `back`.
 * @param item what is decided by that: should somebody else have been faster, the page says how it has ended
 */
export async function sayAndGoBack<Name extends MessageName>(
  c: Context<ApiEnv>,
  deps: ApiDeps,
  { typed, back, done, item, ...wanted }: Act<Name> & Form,
): Promise<Response> {
  // A page's key is a UUID; whoever sends none, or another text, means a new act.
  const key = z.uuid().safeParse(typed.key).data
  const flash = await outcomeOf(deps, c.var.caller, key, wanted, done)
  const isLate = flash === 'refused-no-such-item' || flash === 'refused-closed'
  return goBack(c, back, flash, isLate ? item : undefined)
}

type Form = { typed: Typed; back: string; done: FlashCode; item?: string }

export function goBack(c: Context<ApiEnv>, path: string, flash: FlashCode, item?: string): Response {
  const query = new URLSearchParams({ flash, ...(item === undefined ? {} : { item }) })
  return c.redirect(`${path}?${query.toString()}`, 303)
}

async function outcomeOf<Name extends MessageName>(
  deps: ApiDeps,
  caller: Caller,
  key: string | undefined,
  wanted: Act<Name>,
  done: FlashCode,
): Promise<FlashCode> {
  try {
    const { sent } = await act(deps, caller, key, wanted)
    if ('pending' in sent) return 'pending'
    return sent.ok ? done : `refused-${sent.code}`
  } catch (error) {
    const flash = error instanceof Problem ? flashOfProblem(error.code) : null
    if (flash === null) throw error
    return flash
  }
}

/** What the person can mend, or try again, on the page that they came from. */
function flashOfProblem(code: ProblemCode): FlashCode | null {
  switch (code) {
    case 'unavailable':
      return 'unavailable'
    case 'unknown-reason':
      return 'refused-unknown-reason'
    case 'cooling-down':
      return 'refused-cooling-down'
    default:
      return null
  }
}
