/**
 * How alike two texts are, 0 to 1: Jaro's measure with Winkler's bonus of 0.1 for each of the first four letters that
 * they share. Symmetric. W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter
 * Model of Record Linkage" (1990).
 */
export function jaroWinkler(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  const jaro = jaroLikeness(left, right)
  return jaro + sharedPrefix(left, right) * winklerStep * (1 - jaro)
}

function jaroLikeness(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return left.length === right.length ? 1 : 0
  const reach = Math.max(0, Math.floor(Math.max(left.length, right.length) / 2) - 1)
  const taken = new Set<number>()
  const matchedLeft: string[] = []
  for (const [at, letter] of left.entries()) {
    const match = freeMatch(right, letter, at, reach, taken)
    if (match === null) continue
    taken.add(match)
    matchedLeft.push(letter)
  }
  const matches = matchedLeft.length
  if (matches === 0) return 0
  const matchedRight = right.filter((_, at) => taken.has(at))
  const transpositions = matchedLeft.filter((letter, at) => letter !== matchedRight[at]).length / 2
  return (matches / left.length + matches / right.length + (matches - transpositions) / matches) / 3
}

function freeMatch(
  letters: readonly string[],
  wanted: string,
  around: number,
  reach: number,
  taken: ReadonlySet<number>,
): number | null {
  const last = Math.min(letters.length - 1, around + reach)
  for (let at = Math.max(0, around - reach); at <= last; at++) {
    if (letters[at] === wanted && !taken.has(at)) return at
  }
  return null
}

function sharedPrefix(left: readonly string[], right: readonly string[]): number {
  let length = 0
  while (length < longestPrefix && length < left.length && left[length] === right[length]) length++
  return length
}

const winklerStep = 0.1
const longestPrefix = 4
