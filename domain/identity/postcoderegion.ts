/**
 * The ISO 3166-2 region that a postcode's area lies in, with how sure that is (0 to 1); `null` where the postcode
 * does not tell. Takes the area as `readPostcode` gives it.
 */
export function regionOfPostcode(
  area: string,
  country: string,
): { region: string; confidence: number } | null {
  switch (country) {
    case 'GB':
      return nationOf(area)
    case 'US':
      return inRanges(Number(area.slice(0, 3)), states, 'US')
    case 'AU':
      return inRanges(Number(area), australianStates, 'AU')
    case 'CA': {
      const province = provinces[area.slice(0, 1)]
      return province === undefined ? null : { region: `CA-${province}`, confidence: postalConfidence }
    }
    default:
      return null
  }
}

function nationOf(outward: string): { region: string; confidence: number } | null {
  const letters = /^[A-Z]{1,2}(?=\d)/.exec(outward)?.[0]
  if (letters === undefined || crown.has(letters)) return null
  const confidence = acrossABorder.has(letters) ? borderConfidence : postalConfidence
  if (letters === 'BT') return { region: 'GB-NIR', confidence }
  if (scotland.has(letters)) return { region: 'GB-SCT', confidence }
  return { region: wales.has(letters) ? 'GB-WLS' : 'GB-ENG', confidence }
}

function inRanges(code: number, ranges: readonly Range[], country: string) {
  const range = ranges.find(([first, last]) => first <= code && code <= last)
  return range === undefined ? null : { region: `${country}-${range[2]}`, confidence: postalConfidence }
}

type Range = readonly [first: number, last: number, region: string]

/** Sorting offices and borders differ by a few villages. */
const postalConfidence = 0.95
const borderConfidence = 0.75

const scotland = new Set('AB DD DG EH FK G HS IV KA KW KY ML PA PH TD ZE'.split(' '))
const wales = new Set('CF LD LL NP SA'.split(' '))
const acrossABorder = new Set('CA CH DG HR LD LL NP SY TD'.split(' '))
/** Jersey, Guernsey and Man use the Royal Mail's form and are not in the United Kingdom; BF is the forces. */
const crown = new Set(['JE', 'GY', 'IM', 'BF'])

const provinces: Record<string, string> = {
  ...{
    A: 'NL',
    B: 'NS',
    C: 'PE',
    E: 'NB',
    G: 'QC',
    H: 'QC',
    J: 'QC',
    K: 'ON',
    L: 'ON',
    M: 'ON',
    N: 'ON',
    P: 'ON',
  },
  ...{ R: 'MB', S: 'SK', T: 'AB', V: 'BC', Y: 'YT' }, // X serves two territories
}

// The first three digits of a ZIP code, from the Postal Service's labelling list L002; military mail left out.
const states: readonly Range[] = [
  ...([
    [5, 5, 'NY'],
    [6, 7, 'PR'],
    [8, 8, 'VI'],
    [9, 9, 'PR'],
    [10, 27, 'MA'],
    [28, 29, 'RI'],
  ] as const),
  ...([
    [30, 38, 'NH'],
    [39, 49, 'ME'],
    [50, 54, 'VT'],
    [55, 55, 'MA'],
    [56, 59, 'VT'],
    [60, 69, 'CT'],
  ] as const),
  ...([
    [70, 89, 'NJ'],
    [100, 149, 'NY'],
    [150, 196, 'PA'],
    [197, 199, 'DE'],
    [200, 200, 'DC'],
  ] as const),
  ...([
    [201, 201, 'VA'],
    [202, 205, 'DC'],
    [206, 219, 'MD'],
    [220, 246, 'VA'],
    [247, 268, 'WV'],
  ] as const),
  ...([
    [270, 289, 'NC'],
    [290, 299, 'SC'],
    [300, 319, 'GA'],
    [320, 339, 'FL'],
    [341, 349, 'FL'],
  ] as const),
  ...([
    [350, 369, 'AL'],
    [370, 385, 'TN'],
    [386, 397, 'MS'],
    [398, 399, 'GA'],
    [400, 427, 'KY'],
  ] as const),
  ...([
    [430, 459, 'OH'],
    [460, 479, 'IN'],
    [480, 499, 'MI'],
    [500, 528, 'IA'],
    [530, 549, 'WI'],
  ] as const),
  ...([
    [550, 567, 'MN'],
    [569, 569, 'DC'],
    [570, 577, 'SD'],
    [580, 588, 'ND'],
    [590, 599, 'MT'],
  ] as const),
  ...([
    [600, 629, 'IL'],
    [630, 658, 'MO'],
    [660, 679, 'KS'],
    [680, 693, 'NE'],
    [700, 714, 'LA'],
  ] as const),
  ...([
    [716, 729, 'AR'],
    [730, 732, 'OK'],
    [733, 733, 'TX'],
    [734, 749, 'OK'],
    [750, 799, 'TX'],
  ] as const),
  ...([
    [800, 816, 'CO'],
    [820, 831, 'WY'],
    [832, 838, 'ID'],
    [840, 847, 'UT'],
    [850, 865, 'AZ'],
  ] as const),
  ...([
    [870, 884, 'NM'],
    [885, 885, 'TX'],
    [889, 898, 'NV'],
    [900, 961, 'CA'],
    [967, 968, 'HI'],
  ] as const),
  ...([
    [970, 979, 'OR'],
    [980, 994, 'WA'],
    [995, 999, 'AK'],
  ] as const),
]

// Australia Post's allocation.
const australianStates: readonly Range[] = [
  ...([
    [200, 299, 'ACT'],
    [800, 999, 'NT'],
    [1000, 2599, 'NSW'],
    [2600, 2618, 'ACT'],
    [2619, 2899, 'NSW'],
  ] as const),
  ...([
    [2900, 2920, 'ACT'],
    [2921, 2999, 'NSW'],
    [3000, 3999, 'VIC'],
    [4000, 4999, 'QLD'],
  ] as const),
  ...([
    [5000, 5999, 'SA'],
    [6000, 6999, 'WA'],
    [7000, 7999, 'TAS'],
    [8000, 8999, 'VIC'],
    [9000, 9999, 'QLD'],
  ] as const),
]
