/** The frame of every page, and the small parts that several pages share. */
import type { Child } from 'hono/jsx'
import type { EpochMs } from '../../domain/ids.js'
import { may } from '../permissions.js'
import { flashOf } from './flash.js'
import type { Reader } from './reader.js'
import { style } from './style.js'

/** A whole document: what the desk's pages and the contact form have in common. */
export function Document({ title, children }: { title: string; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{style}</style>
      </head>
      <body>{children}</body>
    </html>
  )
}

const places = [
  { path: '/desk', name: 'Queue', needs: 'readRecords' },
  { path: '/desk/leads', name: 'Leads', needs: 'readRecords' },
  { path: '/desk/reviews', name: 'Reviews', needs: 'readReviews' },
  { path: '/desk/requests', name: 'Requests', needs: 'readReviews' },
  { path: '/desk/messages', name: 'Messages', needs: 'readMessages' },
] as const

type Framed = { title: string; reader: Reader; path: string; flash?: string | undefined; children: Child }

/** A page of the desk for someone who is signed in. */
export function DeskPage({ title, reader, path, flash, children }: Framed) {
  const said = flashOf(flash)
  const { caller, telling } = reader
  return (
    <Document title={`${title} · Leadline`}>
      <header>
        <div class="bar">
          <nav aria-label="Desk">
            {places
              .filter(place => may(caller, place.needs))
              .map(place => (
                <a href={place.path} aria-current={place.path === path ? 'page' : undefined}>
                  {place.name}
                </a>
              ))}
          </nav>
          <form method="post" action="/sign-out" class="row">
            <span class="soft">{`${telling.person(caller.id)}, ${caller.role}`}</span>
            <button type="submit" class="plain">
              Sign out
            </button>
          </form>
        </div>
      </header>
      <main>
        <h1>{title}</h1>
        {said === null ? null : (
          <p class="flash" role="status">
            {said}
          </p>
        )}
        {children}
      </main>
    </Document>
  )
}

/** A page with nothing but a few words: for strangers, and where something is not there. */
export function PlainPage({ title, children }: { title: string; children: Child }) {
  return (
    <Document title={`${title} · Leadline`}>
      <main class="narrow">
        <h1>{title}</h1>
        {children}
      </main>
    </Document>
  )
}

export function Instant({ atMs, reader }: { atMs: EpochMs; reader: Reader }) {
  return <time datetime={new Date(atMs).toISOString()}>{reader.telling.time(atMs)}</time>
}

/** A deadline, with how far away it is; one that has passed says so in words, not by colour alone. */
export function Due({ dueAtMs, reader }: { dueAtMs: EpochMs; reader: Reader }) {
  const leftMs = dueAtMs - reader.nowMs
  return (
    <span class={leftMs < 0 ? 'late' : undefined}>
      <Instant atMs={dueAtMs} reader={reader} />
      {leftMs < 0 ? ` (${sayLength(-leftMs)} late)` : ` (in ${sayLength(leftMs)})`}
    </span>
  )
}

/** `missing-critical`, `firstTouch` and `in_review` as people write them. */
export function spaced(code: string): string {
  return code
    .replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replaceAll(/[-_]/g, ' ')
}

function sayLength(lengthMs: number): string {
  const minutes = Math.floor(lengthMs / 60_000)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}
