/** Sets of small numbers, as the bits of one bigint: a set of a thousand classes is met with another in one step. */

export function bit(index: number): bigint {
  return 1n << BigInt(index)
}

/** Written out and read as one number, since adding them one by one would copy a large set each time. */
export function bitsOf(indexes: readonly number[]): bigint {
  if (indexes.length === 0) return 0n
  const size = indexes.reduce((most, index) => Math.max(most, index), 0) + 1
  const digits = Array.from({ length: size }, () => '0')
  for (const index of indexes) digits[size - 1 - index] = '1'
  return BigInt(`0b${digits.join('')}`)
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
