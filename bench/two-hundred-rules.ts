/** What the rules of both benchmarks are about: 20 countries × 5 of something × 2 sizes. */
export const countries = [
  'GB',
  'IE',
  'FR',
  'DE',
  'AT',
  'CH',
  'NL',
  'BE',
  'ES',
  'PT',
  'IT',
  'SE',
  'NO',
  'DK',
  'FI',
  'PL',
  'US',
  'CA',
  'AU',
  'NZ',
]
/** The fewest employees; a large company matches the rules of both. */
export const sizes = [1, 1000]
