/** What is different between two conditions, and nothing else of them. */
import { type Condition, sentenceOf } from '../condition.js'
import type { Path } from '../yaml.js'
import { type Compare, changed, isSame, said, textOf } from './compare.js'

/** `country is GB → country is GB or IE`: of several parts that must all hold only those that changed. */
export function condition(at: Path): Compare<Condition> {
  return (before, after, place) => {
    const [from, to] = [partsOf(before), partsOf(after)]
    const removed = from.filter(part => !has(to, part))
    const added = to.filter(part => !has(from, part))
    if (removed.length + added.length === 0) return []
    if (from.length === 0 || to.length === 0) return said(at, '', sentenceOf)(before, after, place)
    if (removed.length === 0) return [changed(place, at, `now also asks that ${together(added)}`)]
    if (added.length === 0) return [changed(place, at, `no longer asks that ${together(removed)}`)]
    return said(at, '', together)(removed, added, place)
  }
}

/** A condition that may be left out, and then holds for no lead, unless `without` says for which. */
export function conditionOrNone(at: Path, without = 'no lead'): Compare<Condition | null> {
  const say = (when: Condition | null) => (when === null ? without : sentenceOf(when))
  return (before, after, place) =>
    before === null || after === null
      ? said(at, '', say)(before, after, place)
      : condition(at)(before, after, place)
}

/** The order of parts and of values is no part of what a condition means, nor is a part said twice. */
function canonical(of: Condition): Condition {
  switch (of.kind) {
    case 'all': {
      const parts = partsOf(of)
      const [only] = parts
      if (only === undefined) return { kind: 'always' }
      return parts.length === 1 ? only : { kind: 'all', of: parts }
    }
    // Branches keep their order: of two that are equally specific the first counts (domain/specificity.ts).
    case 'any':
      return { kind: 'any', of: of.of.map(canonical) }
    case 'not':
      return { kind: 'not', of: canonical(of.of) }
    case 'oneOf':
      return { ...of, values: sorted(of.values) }
    case 'prefix':
      return { ...of, prefixes: sorted(of.prefixes) }
    default:
      return of
  }
}

/** What must all hold, in canonical form and order. */
function partsOf(of: Condition): readonly Condition[] {
  if (of.kind === 'always') return []
  if (of.kind !== 'all') return [canonical(of)]
  return sorted(of.of.flatMap(partsOf))
}

function together(parts: readonly Condition[]): string {
  const [only] = parts
  return only !== undefined && parts.length === 1 ? sentenceOf(only) : sentenceOf({ kind: 'all', of: parts })
}

function has(parts: readonly Condition[], wanted: Condition): boolean {
  return parts.some(part => isSame(part, wanted))
}

function sorted<Value>(values: readonly Value[]): readonly Value[] {
  const byText = new Map(values.map(value => [textOf(value), value]))
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
}
