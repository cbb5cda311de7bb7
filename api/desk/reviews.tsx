/** Questions that a person must decide before, or while, a lead is worked on. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { type DecidedItem, endOfReview } from '../../db/decided-items.js'
import { isInScope, leadDetail, leadOfReview, openReviews } from '../../db/leads.js'
import { decisionsOf } from '../../db/ownership.js'
import { leadId, poolId, repId } from '../../domain/ids.js'
import { reviewDecision } from '../../domain/messages.js'
import { type Envelope, requireInScope } from '../act.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { needs, scopeOf } from '../permissions.js'
import { Problem } from '../problem.js'
import { noteField } from '../texts.js'
import { changedFields } from './corrections.js'
import { Decided } from './decided.js'
import { DeskPage } from './page.js'
import { type Reader, readerOf } from './reader.js'
import { type Reviewed, ReviewCard } from './review-card.js'
import { goBack, sayAndGoBack, type Typed, typedIn } from './say.js'

export function addReviews(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.get('/reviews', needs('readReviews'), async c => {
    const reader = await readerOf(deps, c.var.caller)
    const { role, rep } = reader.caller
    const reviews = await openReviews(deps.db, role === 'rep' ? { decides: rep } : {})
    const reviewed = await Promise.all(
      reviews.slice(0, mostShown).map(async (review): Promise<Reviewed> => {
        const [lead, decisions] = await Promise.all([
          leadDetail(deps.db, review.leadId),
          decisionsOf(deps.db, review.leadId),
        ])
        const latest = decisions[0]?.record.decision
        return { review, lead, between: latest?.kind === 'review' ? latest.between : [] }
      }),
    )
    const decided = await decidedFirst(deps, reader, c.req.query('item'))
    return c.html(
      <DeskPage title="Reviews" reader={reader} path="/desk/reviews" flash={c.req.query('flash')}>
        {decided === null ? null : <Decided item={decided} reader={reader} />}
        {reviewed.length === 0 ? <p>No review waits.</p> : null}
        {reviewed.map(item => (
          <ReviewCard reviewed={item} reader={reader} />
        ))}
        {reviews.length > mostShown ? (
          <p>{`${reviews.length - mostShown} more wait; these are the most urgent.`}</p>
        ) : null}
      </DeskPage>,
    )
  })

  desk.post('/reviews/:id/decision', needs('decide'), async c => {
    const review = z.uuid().safeParse(c.req.param('id'))
    const lead = review.success ? await leadOfReview(deps.db, review.data) : null
    if (!review.success || lead === null) throw new Problem(404, 'not-found')
    await requireInScope(deps, c.var.caller, lead)
    const back = '/desk/reviews'
    const typed = await typedIn(c)
    const said = reviewDecision.safeParse(choiceOf(typed))
    const note = noteField.safeParse(typed.note)
    const fields =
      typed.choice === 'correct' ? changedFields(typed, (await leadDetail(deps.db, lead))?.lead) : null
    if (!said.success || !note.success || fields === 'invalid') return goBack(c, back, 'invalid')
    if (fields !== null && Object.keys(fields).length === 0) return goBack(c, back, 'no-change')
    return sayAndGoBack(c, deps, {
      lead,
      name: 'decideReview',
      payload: (envelope: Envelope) => ({ ...envelope, review: review.data, decision: said.data }),
      text: { note: note.data, fields: fields ?? undefined },
      typed,
      back,
      done: 'decided',
      item: review.data,
    })
  })
}

async function decidedFirst(
  { db }: ApiDeps,
  { caller }: Reader,
  item: string | undefined,
): Promise<DecidedItem | null> {
  const review = z.uuid().safeParse(item)
  const lead = review.success ? await leadOfReview(db, review.data) : null
  if (!review.success || lead === null || !(await isInScope(db, scopeOf(caller), lead))) return null
  return endOfReview(db, review.data)
}

/** Each card reads its lead: enough for an hour's work, few enough for one page. */
const mostShown = 50

/** `to` is one list of people, pools and rules; its values say which: `rep:ana`, `pool:uk`, `rule:big`. */
function choiceOf({ choice, to = '', into }: Typed): unknown {
  if (choice === 'merge') return { choice, into: leadId.safeParse(into).data }
  if (choice !== 'assign') return { choice }
  const [kind, name] = to.split(/:(.*)/s)
  switch (kind) {
    case 'rep':
      return { choice, rep: repId.safeParse(name).data ?? null }
    case 'pool':
      return { choice, pool: poolId.safeParse(name).data ?? null }
    case 'rule':
      return { choice, rule: name }
    default:
      return to === '' ? { choice } : null
  }
}
