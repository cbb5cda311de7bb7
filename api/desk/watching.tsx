/** Hearing of a lead that is somebody else's: the button on its page. */
import type { Hono } from 'hono'
import { z } from 'zod'
import type { LeadDetail } from '../../db/leads.js'
import { unwatch, watch, watchedBy } from '../../db/subscriptions.js'
import { type LeadId, leadId } from '../../domain/ids.js'
import { requireInScope } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv, Caller } from '../auth.js'
import { may, needs } from '../permissions.js'
import { Problem } from '../problem.js'
import { ActForm } from './fields.js'
import { goBack, typedIn } from './say.js'

const wish = z.object({ watch: z.enum(['yes', 'no']) })

export function addWatching(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.post('/leads/:id/watch', needs('watchLeads'), async c => {
    const { caller } = c.var
    const lead = leadId.safeParse(c.req.param('id'))
    if (!lead.success || caller.rep === null) throw new Problem(404, 'not-found')
    await requireInScope(deps, caller, lead.data)
    const back = `/desk/leads/${lead.data}`
    const said = wish.safeParse(await typedIn(c))
    if (!said.success) return goBack(c, back, 'invalid')
    const one = { scope: 'lead', value: lead.data } as const
    if (said.data.watch === 'no') {
      await unwatch(deps.db, caller.rep, one)
      return goBack(c, back, 'unwatched')
    }
    await watch(deps.db, caller.rep, one, deps.now())
    return goBack(c, back, 'watched')
  })
}

/** Null: the reader is nobody who could watch. */
export async function isWatching(deps: ApiDeps, caller: Caller, lead: LeadId): Promise<boolean | null> {
  if (caller.rep === null || !may(caller, 'watchLeads')) return null
  const watched = await watchedBy(deps.db, caller.rep)
  return watched.some(({ scope, value }) => scope === 'lead' && value === lead)
}

/** Owners hear of their leads anyhow, and of a closed one there is no more to hear. */
export function Watching({ lead, caller, isWatched }: WatchingProps) {
  if (isWatched === null) return null
  const isTheirs = lead.owner?.id === caller.rep
  if (!isWatched && (isTheirs || lead.status === 'closed')) return null
  const label = isWatched ? 'Watch this lead no more' : 'Watch this lead'
  return (
    <ActForm action={`/desk/leads/${lead.leadId}/watch`} label={label}>
      <button type="submit" name="watch" value={isWatched ? 'no' : 'yes'} class="plain">
        {label}
      </button>
    </ActForm>
  )
}
type WatchingProps = { lead: LeadDetail; caller: Caller; isWatched: boolean | null }
