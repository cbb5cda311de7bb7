/** Sets of small numbers, as the bits of one bigint: a set of a thousand classes is met with another in one step. */

export function bit(index: number): bigint {
  return 1n << BigInt(index)
}

export function bitsOf(indexes: Iterable<number>): bigint {
  let set = 0n
  for (const index of indexes) set |= bit(index)
  return set
}

/** All numbers below `size`. */
export function firstBits(size: number): bigint {
  return bit(size) - 1n
}

/** The smallest number of a set; -1 of the empty one. */
export function lowest(set: bigint): number {
  return set === 0n ? -1 : (set & -set).toString(2).length - 1
}

/** In ascending order. */
export function indexesOf(set: bigint): number[] {
  const digits = set.toString(2)
  const found: number[] = []
  for (let index = 0; index < digits.length; index++) {
    if (digits[digits.length - 1 - index] === '1') found.push(index)
  }
  return found
}
