/** How two values of the same kind are compared: each comparison says in sentences what is no longer the same. */
import type { Path } from '../yaml.js'

export type Change = {
  kind: 'added' | 'removed' | 'renamed' | 'moved' | 'changed'
  /** In the words of the document, things by their names: `pools`, `emea`, `turns`, `ana`. */
  path: Path
  sentence: string
}

/** `subject` is what the sentence is about, `pool emea`; empty for the whole policy. */
export type Place = { path: Path; subject: string }

export type Compare<Value> = (before: Value, after: Value, place: Place) => readonly Change[]

/** More of one thing in one sentence would not be read. */
const mostListed = 8

/** One comparison for every field, so that a field that policies get later cannot be forgotten. */
export function fields<Value extends object>(
  comparisons: {
    [Field in keyof Value]-?: Compare<Value[Field]>
  },
): Compare<Value> {
  return (before, after, place) => {
    const changes: Change[] = []
    for (const field in comparisons) changes.push(...comparisons[field](before[field], after[field], place))
    return changes
  }
}

/** One value: `first touch 30 min → 20 min`. */
export function said<Value>(at: Path, label: string, say: (value: Value) => string): Compare<Value> {
  return (before, after, place) =>
    isSame(before, after) ? [] : [changed(place, at, words(label, arrow(before, after, say)))]
}

/** The same for what may be absent: there, gone, or compared by its parts. */
export function optional<Value>(
  at: Path,
  noun: string,
  say: (value: Value) => string,
  inner: Compare<Value>,
): Compare<Value | null> {
  return (before, after, place) => {
    const path = [...place.path, ...at]
    if (before === null && after === null) return []
    if (before === null && after !== null)
      return [{ kind: 'added', path, sentence: about(place, `${noun} is new: ${say(after)}`) }]
    if (before === null || after === null)
      return [{ kind: 'removed', path, sentence: about(place, `${noun} is gone`) }]
    return inner(before, after, { path, subject: within(place, noun) })
  }
}

/**
 * Several values of which each is there or not: `now also needs the lead's language`.
 * @param order whether the order of the same values counts
 */
export function listed<Value>(
  at: Path,
  verb: string,
  say: (value: Value) => string,
  order: 'ordered' | 'unordered' = 'unordered',
): Compare<readonly Value[]> {
  return (before, after, place) => {
    const added = without(after, before)
    const removed = without(before, after)
    const also = added.length === 0 ? [] : [`now also ${verb} ${series(added.map(say))}`]
    const noLonger = removed.length === 0 ? [] : [`no longer ${verb} ${series(removed.map(say))}`]
    if (added.length + removed.length > 0) return [changed(place, at, [...also, ...noLonger].join('; '))]
    if (order === 'unordered' || isSame(before, after)) return []
    return [changed(place, at, `${verb} the same in another order: ${series(after.map(say))}`)]
  }
}

/** Things by their names: new ones, lost ones, and what is different in the others. */
export function named<Value>(
  at: Path,
  noun: string,
  say: (value: Value) => string,
  inner: Compare<Value>,
): Compare<Readonly<Record<string, Value>>> {
  return (before, after, place) => {
    const changes: Change[] = []
    for (const [id, value] of Object.entries(before)) {
      const path = [...place.path, ...at, id]
      const now = valueOf(after, id)
      if (now === undefined) {
        changes.push({ kind: 'removed', path, sentence: about(place, `${noun} ${id} is gone`) })
      } else {
        changes.push(...inner(value, now, { path, subject: within(place, `${noun} ${id}`) }))
      }
    }
    for (const [id, value] of Object.entries(after)) {
      if (valueOf(before, id) !== undefined) continue
      const sentence = about(place, words(`${noun} ${id} is new:`, say(value)))
      changes.push({ kind: 'added', path: [...place.path, ...at, id], sentence })
    }
    return changes
  }
}

/**
 * Things with names in an order. Of those that moved past each other as few as possible are named.
 * @param note what is added to the sentence of one that moved: what its place decides
 */
export function sequence<Value>(
  at: Path,
  noun: string,
  idOf: (value: Value) => string,
  say: (value: Value) => string,
  inner: Compare<Value>,
  note: (id: string, before: readonly Value[], after: readonly Value[]) => string,
): Compare<readonly Value[]> {
  const content = named(at, noun, say, inner)
  const byId = (values: readonly Value[]) => Object.fromEntries(values.map(value => [idOf(value), value]))
  return (before, after, place) => [
    ...content(byId(before), byId(after), place),
    ...moves(before.map(idOf), after.map(idOf)).map(({ id, next }): Change => {
      const where = next === null ? 'to the end' : `before ${next}`
      const sentence = about(place, `${noun} ${id} moved ${where}${note(id, before, after)}`)
      return { kind: 'moved', path: [...place.path, ...at, id], sentence }
    }),
  ]
}

/** Plain values of JSON: the order of keys does not count. */
export function isSame(one: unknown, other: unknown): boolean {
  return textOf(one) === textOf(other)
}

/** A value as text that is the same for the same value. */
export function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
        : inner,
    ) ?? 'nothing'
  )
}

export function changed({ path, ...place }: Place, at: Path, what: string): Change {
  return { kind: 'changed', path: [...path, ...at], sentence: about({ path, ...place }, what) }
}

/** Two values that differ but read the same are shown as they are stored. */
function arrow<Value>(before: Value, after: Value, say: (value: Value) => string): string {
  const [from, to] = [say(before), say(after)]
  return from === to ? `${textOf(before)} → ${textOf(after)}` : `${from} → ${to}`
}

/** `a, b and c`; the first of very many. */
export function series(items: readonly string[]): string {
  const shown = items.slice(0, items.length === mostListed + 1 ? items.length : mostListed)
  const rest = items.length - shown.length
  const parts = rest === 0 ? shown : [...shown, `${rest} more`]
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`
}

function about({ subject }: Place, what: string): string {
  return subject === '' ? what : `${subject}: ${what}`
}

function within({ subject }: Place, what: string): string {
  return subject === '' ? what : `${subject}, ${what}`
}

function words(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(' ')
}

function valueOf<Value>(values: Readonly<Record<string, Value>>, id: string): Value | undefined {
  return Object.hasOwn(values, id) ? values[id] : undefined
}

/** What the first list has more often than the second. */
function without<Value>(values: readonly Value[], others: readonly Value[]): readonly Value[] {
  const left = others.map(textOf)
  return values.filter(value => {
    const at = left.indexOf(textOf(value))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** Which ids of both lists left their order, and before which id each stands now; null: the last. */
function moves(before: readonly string[], after: readonly string[]): { id: string; next: string | null }[] {
  const places = new Map(before.map((id, place) => [id, place]))
  const kept = new Set(
    longestRise(
      after.filter(id => places.has(id)),
      id => places.get(id) ?? 0,
    ),
  )
  return after.flatMap((id, at) =>
    places.has(id) && !kept.has(id) ? [{ id, next: after[at + 1] ?? null }] : [],
  )
}

/** The longest selection in which every place is later than the one before; of several the one that ends latest. */
function longestRise(ids: readonly string[], placeOf: (id: string) => number): readonly string[] {
  const chains: string[][] = []
  for (const id of ids) {
    const longest = chains
      .filter(chain => placeOf(chain.at(-1) ?? id) < placeOf(id))
      .reduce<readonly string[]>((most, chain) => (chain.length >= most.length ? chain : most), [])
    chains.push([...longest, id])
  }
  return chains.reduce<readonly string[]>((most, chain) => (chain.length >= most.length ? chain : most), [])
}
