/** What is still to happen to the leads that are under way, the earliest first. */

/** The order in which things happen: by the instant, at one instant what ends before what begins, then by `seq`. */
export type Place = { ms: number; rank: 0 | 1; seq: number }

type Entry<Item> = { place: Place; item: Item; nth: number }

type Agenda<Item> = {
  add(place: Place, item: Item): void
  /** The earliest entry, taken off; null where none comes before `place`. Of equals the one that was added first. */
  next(before: Place | null): { place: Place; item: Item } | null
}

/** A binary heap: as long as the leads that are under way, however long the stream. */
export function createAgenda<Item>(): Agenda<Item> {
  const heap: Entry<Item>[] = []
  let added = 0
  return {
    add(place, item) {
      heap.push({ place, item, nth: added++ })
      rise(heap)
    },
    next(before) {
      const [first] = heap
      if (first === undefined || (before !== null && comparePlaces(first.place, before) > 0)) return null
      const last = heap.pop()
      if (last !== undefined && last !== first) {
        heap[0] = last
        sink(heap)
      }
      return first
    },
  }
}

function comparePlaces(one: Place, other: Place): number {
  return one.ms - other.ms || one.rank - other.rank || one.seq - other.seq
}

function rise<Item>(heap: Entry<Item>[]): void {
  let at = heap.length - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!swapIfEarlier(heap, at, above)) return
    at = above
  }
}

function sink<Item>(heap: Entry<Item>[]): void {
  let at = 0
  while (2 * at + 1 < heap.length) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const below = right < heap.length && isEarlier(heap, right, left) ? right : left
    if (!swapIfEarlier(heap, below, at)) return
    at = below
  }
}

function swapIfEarlier<Item>(heap: Entry<Item>[], at: number, above: number): boolean {
  const [lower, upper] = [heap[at], heap[above]]
  if (lower === undefined || upper === undefined || !isEarlier(heap, at, above)) return false
  heap[at] = upper
  heap[above] = lower
  return true
}

function isEarlier<Item>(heap: Entry<Item>[], at: number, than: number): boolean {
  const [one, other] = [heap[at], heap[than]]
  if (one === undefined || other === undefined) return false
  const order = comparePlaces(one.place, other.place)
  return order < 0 || (order === 0 && one.nth < other.nth)
}
