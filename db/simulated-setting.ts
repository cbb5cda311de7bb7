/** What a simulation over stored leads begins with: who worked when, how they answered, and the ledger of that time. */
import { z } from 'zod'
import { elapsedMs } from '../domain/calendar.js'
import { type EpochMs, instant, poolId, type RepId, repId } from '../domain/ids.js'
import type { Roster } from '../domain/people.js'
import type { Place } from '../domain/simulation/agenda.js'
import { awaySince, emptyLedger, type LedgerStart } from '../domain/simulation/ledger.js'
import type { Observed } from '../domain/simulation/responses.js'
import { rosterAt } from './people.js'
import { bigintColumn, type Db, execute, instantColumn, rows, sql, type Tx, timestamp } from './sql.js'

export type RosterAt = (atMs: EpochMs) => Roster

type Leave = Roster['leave'][number] & { knownFromMs: EpochMs }

/**
 * Who worked when, from the first person on; with the leave that was known at each instant. Between two changes it
 * gives one object.
 */
export async function rostersOfThePast(db: Db): Promise<RosterAt> {
  const changes = await rows(
    db,
    z.object({ at: instantColumn }),
    sql`select distinct at from (
          select valid_from as at from people union select valid_to from people
          union select valid_from from teams union select valid_to from teams) changes
        where at is not null order by at`,
  )
  const people: Roster[] = []
  for (const { at } of changes) people.push(await rosterAt(db, at))
  const leave = await leaveOfThePast(db)
  const turns = [
    ...new Set([
      ...changes.map(({ at }) => at),
      ...leave.flatMap(({ untilMs, knownFromMs }) => [knownFromMs, ...(untilMs === null ? [] : [untilMs])]),
    ]),
  ].sort((one, other) => one - other)
  let last: { nth: number; roster: Roster } | null = null
  return atMs => {
    const nth = placeOf(turns, atMs)
    if (last?.nth === nth) return last.roster
    const { people: everyone, teams } = people[
      placeOf(
        changes.map(({ at }) => at),
        atMs,
      )
    ] ?? { people: [], teams: [] }
    const known = leave.filter(({ knownFromMs }) => knownFromMs <= atMs)
    const over = known.filter(({ untilMs }) => untilMs !== null && untilMs <= atMs)
    const present = known.filter(one => !over.includes(one))
    const roster = {
      people: everyone,
      teams,
      leave: [...leadingTo(present, over), ...present].map(({ rep, fromMs, untilMs }) => ({
        rep,
        fromMs,
        untilMs,
      })),
    }
    last = { nth, roster }
    return roster
  }
}

/** Leave that is over and that leave of the present follows on without a gap: it is one absence, which began then. */
function leadingTo(present: readonly Leave[], over: readonly Leave[]): Leave[] {
  const found = over.filter(({ rep, untilMs }) =>
    present.some(next => next.rep === rep && untilMs !== null && next.fromMs <= untilMs),
  )
  if (found.length === 0) return []
  return [
    ...leadingTo(
      found,
      over.filter(one => !found.includes(one)),
    ),
    ...found,
  ]
}

async function leaveOfThePast(db: Db): Promise<Leave[]> {
  const found = await rows(
    db,
    z.object({
      rep: repId,
      from_at: instantColumn,
      until_at: instantColumn.nullable(),
      created_at: instantColumn,
    }),
    sql`select rep, from_at, until_at, created_at from leaves where approved_at is not null
        order by rep, from_at, id`,
  )
  return found.map(({ rep, from_at: fromMs, until_at: untilMs, created_at: knownFromMs }) => ({
    rep,
    fromMs,
    untilMs,
    knownFromMs,
  }))
}

/** The last that is not after; −1 where all are. */
function placeOf(instants: readonly EpochMs[], atMs: EpochMs): number {
  let low = 0
  let high = instants.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((instants[middle] ?? 0) <= atMs) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** More tells no more of a habit. */
const observationsMost = 200_000

/** How long people took over the leads that they had by now, in their own working time of then; the latest leads. */
export async function responsesUntil(db: Db, rosterAt: RosterAt, untilMs: EpochMs): Promise<Observed[]> {
  const found = await rows(
    db,
    z.object({
      owner: repId,
      assigned_at: instantColumn,
      acknowledged_at: instantColumn.nullable(),
      first_touch_at: instantColumn.nullable(),
      ended_at: instantColumn.nullable(),
      ended_why: z.string().nullable(),
    }),
    sql`select owner, assigned_at, acknowledged_at, first_touch_at, ended_at, ended_why from assignments
        where assigned_at < ${timestamp(untilMs)} order by assigned_at desc, lead_id, hop limit ${observationsMost}`,
  )
  return found.flatMap(({ owner, assigned_at: fromMs, ...had }): Observed[] => {
    const person = rosterAt(fromMs).people.find(({ id }) => id === owner)
    if (person === undefined) return []
    const took = (atMs: EpochMs | null) => (atMs === null ? null : elapsedMs(person.calendar, fromMs, atMs))
    const isLapsed = had.ended_why === 'lapsed' || had.ended_why === 'end-of-chain'
    // Taken from them before they came to it: later than any time that they took.
    const never = isLapsed ? Number.POSITIVE_INFINITY : null
    return [
      {
        rep: owner,
        acknowledgeMs: took(had.acknowledged_at) ?? never,
        firstTouchMs: took(had.first_touch_at) ?? never,
        handlingMs: had.ended_why === 'closed' ? took(had.ended_at) : null,
      },
    ]
  })
}

/** @param fromMs null: from before the first lead, when everything was even */
export async function ledgerAt(db: Db, rosterAt: RosterAt, fromMs: EpochMs | null): Promise<LedgerStart> {
  if (fromMs === null) return emptyLedger
  const { leave } = rosterAt(fromMs)
  const away = [...new Set(leave.map(({ rep }) => rep))].flatMap(rep => {
    const sinceMs = awaySince(leave, rep, fromMs)
    return sinceMs === null ? [] : [{ rep, sinceMs }]
  })
  return {
    standings: await standingsAt(db, away, fromMs),
    ...(await loadsAt(db, fromMs)),
    returned: await returnedAfter(db, fromMs),
  }
}

/** What the ledger's rows until then come to: entitlements, less turns taken, and turns given back. */
async function standingsAt(
  db: Db,
  away: readonly { rep: RepId; sinceMs: EpochMs }[],
  fromMs: EpochMs,
): Promise<LedgerStart['standings']> {
  const from = timestamp(fromMs)
  const found = await rows(
    db,
    z.object({ pool: poolId, rep: repId, standing: bigintColumn }),
    sql`with moved as (
          select t.pool, e->>'rep' as rep, (e->>'entitlement')::numeric as units
          from turns t cross join lateral jsonb_array_elements(t.entitlements) e
          where t.at < ${from} and t.pool not like '%:%'
          union all
          select pool, rep, case kind when 'taken' then -1000000000000 else 1000000000000 end
          from turns where at < ${from} and pool not like '%:%')
        select pool, rep, sum(units)::bigint as standing from moved group by pool, rep order by pool, rep`,
  )
  const accrued = new Map<string, { units: bigint; sinceMs: EpochMs }>()
  for (const { rep, sinceMs } of away) {
    const credited = await rows(
      db,
      z.object({ pool: poolId, units: bigintColumn }),
      sql`select t.pool, sum((e->>'entitlement')::numeric)::bigint as units
          from turns t cross join lateral jsonb_array_elements(t.entitlements) e
          where t.at >= ${timestamp(sinceMs)} and t.at < ${from} and e->>'rep' = ${rep} group by t.pool`,
    )
    for (const { pool, units } of credited) accrued.set(`${pool} ${rep}`, { units, sinceMs })
  }
  return found.map(standing => {
    const leave = accrued.get(`${standing.pool} ${standing.rep}`)
    return { ...standing, accrued: leave?.units ?? 0n, awaySinceMs: leave?.sinceMs ?? null }
  })
}

/** The longest week, and the hours that zones are apart. */
const weekMs = 9 * 86_400_000

async function loadsAt(db: Db, fromMs: EpochMs): Promise<Pick<LedgerStart, 'owned' | 'received'>> {
  const from = timestamp(fromMs)
  const had = z.object({ lead: z.string(), rep: repId })
  const owned = await rows(
    db,
    had.extend({ until: instantColumn.nullable() }),
    sql`select lead_id as lead, owner as rep, ended_at as until from assignments
        where assigned_at < ${from} and (ended_at is null or ended_at >= ${from}) order by lead_id`,
  )
  const received = await rows(
    db,
    had.extend({ at: instantColumn }),
    sql`select lead_id as lead, owner as rep, assigned_at as at from assignments
        where assigned_at < ${from} and assigned_at >= ${timestamp(instant(fromMs - weekMs))} order by assigned_at, lead_id`,
  )
  return {
    owned: owned.map(({ lead, rep, until }) => ({ lead, rep, untilMs: until })),
    received: received.map(({ lead, rep, at }) => ({ lead, rep, atMs: at })),
  }
}

/** Turns of before that come back later. */
async function returnedAfter(db: Db, fromMs: EpochMs): Promise<LedgerStart['returned']> {
  const from = timestamp(fromMs)
  const found = await rows(
    db,
    z.object({ pool: poolId, rep: repId, place: instantColumn, seq: bigintColumn }),
    sql`select back.pool, back.rep, back.place, back.seq
        from ledger_in_order back
        join turns taken on taken.lead_id = back.lead_id and taken.hop = back.hop and taken.kind = 'taken'
        where back.kind = 'given_back' and taken.at < ${from} and back.at >= ${from} and back.pool not like '%:%'
        order by back.place, back.seq`,
  )
  return found.map(({ pool, rep, ...at }) => ({ pool, rep, place: placeIn(at) }))
}

/**
 * The ledger in the order in which it was written, as long as the transaction. Two routings that wait for each other
 * take their turns in an order that is not always that of their instants, and whoever repeats them must keep it: so a
 * row's place is the latest instant until then in its pool.
 */
export async function putLedgerInOrder(tx: Tx): Promise<void> {
  await execute(
    tx,
    sql`create temporary table ledger_in_order on commit drop as
        select pool, seq, kind, rep, lead_id, hop, reason, at, max(at) over (partition by pool order by seq) as place
        from turns`,
  )
  await execute(tx, sql`create index on ledger_in_order (lead_id, hop)`)
  await execute(tx, sql`analyze ledger_in_order`)
}

export function placeIn({ place, seq }: { place: EpochMs; seq: bigint }): Place {
  return { ms: place, rank: 1, seq: Number(seq) }
}
