/** Words for findings. */

/** `a`, `a and b`, `a, b and c`. */
export function enumerated(names: readonly string[], last: 'and' | 'or'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1) ?? ''}`
}

/** The first few, and how many more there are. */
export function firstOf(names: readonly string[], most: number, last: 'and' | 'or' = 'and'): string {
  const more = names.length - most
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : enumerated(names, last)
}

/** `3 rules`, `1 rule`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `30 minutes`, `4 hours`, `90 seconds`. */
export function lengthOf(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ]
  const [unitMs, noun] = units.find(([each]) => ms >= each && ms % each === 0) ?? [1000, 'second']
  return counted(ms / unitMs, noun)
}
