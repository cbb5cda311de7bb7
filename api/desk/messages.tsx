/** What the reader was told in the app. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { type InAppMessage, messagesOf } from '../../db/leads.js'
import { markRead } from '../../db/reps.js'
import type { ApiDeps } from '../app.js'
import type { ApiEnv } from '../auth.js'
import { needs } from '../permissions.js'
import { Problem } from '../problem.js'
import { ActForm } from './fields.js'
import { DeskPage, Instant } from './page.js'
import { type Reader, readerOf } from './reader.js'
import { goBack } from './say.js'

export function addMessages(desk: Hono<ApiEnv>, deps: ApiDeps): void {
  desk.get('/messages', needs('readMessages'), async c => {
    const reader = await readerOf(deps, c.var.caller)
    const { rep } = reader.caller
    const messages = rep === null ? [] : await messagesOf(deps.db, rep)
    return c.html(
      <DeskPage title="Messages" reader={reader} path="/desk/messages" flash={c.req.query('flash')}>
        {messages.length === 0 ? <p>No messages.</p> : null}
        {messages.map(message => (
          <Message message={message} reader={reader} />
        ))}
      </DeskPage>,
    )
  })

  desk.post('/messages/:id/read', needs('readMessages'), async c => {
    const { rep } = c.var.caller
    const id = z.uuid().safeParse(c.req.param('id'))
    // Only whoever was told can have read it: nobody marks a colleague's message.
    const isOwn = rep !== null && id.success && (await markRead(deps.db, rep, id.data, deps.now()))
    if (!isOwn) throw new Problem(404, 'not-found')
    return goBack(c, '/desk/messages', 'read')
  })
}

function Message({ message, reader }: { message: InAppMessage; reader: Reader }) {
  const titleId = `message-${message.id}`
  return (
    <article aria-labelledby={titleId}>
      <h2 id={titleId}>{message.subject}</h2>
      <p class="soft">
        <Instant atMs={message.createdAtMs} reader={reader} />
        {message.readAtMs === null ? ' · not read yet' : ' · read'}
      </p>
      <p class="prose">{message.body}</p>
      <div class="row">
        <a href={`/desk/leads/${message.leadId}`}>{`Open the lead: ${message.subject}`}</a>
        {message.readAtMs === null ? (
          <ActForm action={`/desk/messages/${message.id}/read`} label={`Mark as read: ${message.subject}`}>
            <button type="submit" class="plain">
              Mark as read
            </button>
          </ActForm>
        ) : null}
      </div>
    </article>
  )
}
