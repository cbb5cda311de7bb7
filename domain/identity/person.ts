import { foldedWords, tidy } from './fold.js'
import { jaroWinkler } from './jarowinkler.js'

export type NameParts = { firstName: string | null; lastName: string | null; name: string | null }

/**
 * What two names say about their being of one person. `unknown` when one is missing, or is a single word that the
 * other contains.
 */
export type NameLikeness = 'equal' | 'similar' | 'different' | 'unknown'

/**
 * The whole name for showing: as given, else first and last joined. A name is never cut into first and last, which
 * half of the world's names would not survive.
 */
export function fullName(parts: NameParts): string | null {
  return tidy(parts.name) ?? tidy([parts.firstName, parts.lastName].filter(part => part !== null).join(' '))
}

/** The folded words of a name in speaking order, without titles: `Dr. Smith, Ana` becomes `ana smith`; `null` if none. */
export function personKey(parts: NameParts): string | null {
  const words = nameWords(parts)
  return words.length > 0 ? words.join(' ') : null
}

/** Compares two names; the order of the two does not matter. */
export function compareNames(a: NameParts, b: NameParts): NameLikeness {
  const left = nameWords(a)
  const right = nameWords(b)
  if (left.length === 0 || right.length === 0) return 'unknown'
  if (sorted(left) === sorted(right)) return 'equal'
  if (left.length === 1 || right.length === 1) return compareWithOneWord(left, right)
  if (contains(left, right) || contains(right, left)) return 'similar'
  return sameEnds(left, right) || sameEnds(left, [...right].reverse()) ? 'similar' : 'different'
}

function compareWithOneWord(left: readonly string[], right: readonly string[]): NameLikeness {
  const isNear = left.some(a => right.some(b => jaroWinkler(a, b) >= nearName))
  if (!isNear) return 'different'
  return left.length === right.length ? 'similar' : 'unknown'
}

/** First names alike (or one the other's initial) and last names alike; what stands between is left out. */
function sameEnds(left: readonly string[], right: readonly string[]): boolean {
  const firsts = [left[0] ?? '', right[0] ?? ''] as const
  return isFirstNear(...firsts) && jaroWinkler(left.at(-1) ?? '', right.at(-1) ?? '') >= nearName
}

function isFirstNear(a: string, b: string): boolean {
  if (a.length === 1 || b.length === 1) return a[0] === b[0]
  return jaroWinkler(a, b) >= nearName
}

function contains(whole: readonly string[], part: readonly string[]): boolean {
  return part.every(word => whole.includes(word))
}

function sorted(words: readonly string[]): string {
  return [...words].sort().join(' ')
}

function nameWords(parts: NameParts): string[] {
  const full = fullName(parts) ?? ''
  const [last, first, ...more] = full.split(',')
  // One comma turns the name; `Smith, PhD` and lists stay as they are.
  const isTurned = last !== undefined && first !== undefined && more.length === 0 && wordsOf(first).length > 0
  const words = isTurned ? [...wordsOf(first), ...wordsOf(last)] : wordsOf(full)
  return words.length > 0 ? words : foldedWords(full)
}

// Titles go from both ends only, since `Dr` inside a name is somebody's name.
function wordsOf(text: string): string[] {
  const words = foldedWords(text.replace(/[.'’`´]/g, mark => (mark === '.' ? ' ' : '')))
  let start = 0
  while (start < words.length && titles.has(words[start] ?? '')) start++
  let end = words.length
  while (end > start && endings.has(words[end - 1] ?? '')) end--
  return words.slice(start, end)
}

/** From here on two names are one with a slip: Jon and John (0.93), Smith and Smyth (0.89 is below). */
const nearName = 0.9
const titles = new Set(
  'mr mrs ms miss mx dr prof professor sir dame herr frau dipl ing mag mme mlle monsieur madame sr sra srta don dona sig signora'.split(
    ' ',
  ),
)
const endings = new Set('jr sr ii iii iv phd md mba msc bsc esq dds dvm'.split(' '))
