import Holidays from 'date-holidays'

/** More years than any policy plans for; a longer list is a slip of the keyboard. */
const mostYears = 100

/**
 * The public holidays of a country (`US`), a state of it (`GB-ENG`, `DE-BY`) or a region of that (`DE-BY-A`), from the
 * first day of `fromYear` to the last day of `toYear`, as sorted ISO dates of the place. Substitute days are included.
 * A day that is a holiday from noon only, say, stays a working day: a company that closes then lists the day itself,
 * since a clock that wrongly stands still for hours hides a late answer, and one that wrongly runs shows itself.
 *
 * Call it when a policy is loaded and keep the answer with the policy: another release of the data answers otherwise.
 * Source: date-holidays (data under CC BY 3.0).
 * @throws RangeError on an unknown code, with the codes that there are, and on years that make no sense
 */
export function holidayDates(region: string, fromYear: number, toYear: number): string[] {
  const wholeYears = Number.isInteger(fromYear) && Number.isInteger(toYear)
  if (!wholeYears || fromYear < 1970 || toYear < fromYear || toYear - fromYear >= mostYears)
    throw new RangeError(
      `holidays from ${fromYear} to ${toYear}; expected years from 1970, ${mostYears} at most`,
    )
  const place = holidaysOf(region)
  const dates = new Set<string>()
  // A year's list can reach into its neighbours: the substitute of 1 January is 31 December in the United States.
  for (let year = fromYear - 1; year <= toYear + 1; year++)
    for (const holiday of place.getHolidays(year)) for (const date of daysOf(holiday)) dates.add(date)
  return [...dates].filter(date => date >= `${fromYear}-` && date < `${toYear + 1}-`).sort()
}

function holidaysOf(code: string): Holidays {
  const known = new Holidays()
  const [country = '', state, region, ...rest] = code.split('-')
  const countries = Object.keys(known.getCountries())
  const states = Object.keys(known.getStates(country) ?? {})
  const regions = Object.keys(known.getRegions(country, state ?? '') ?? {})
  if (!countries.includes(country)) throw unknownRegion(code, 'countries', countries)
  if (state === undefined) return new Holidays(country, { types: ['public'] })
  if (!states.includes(state)) throw unknownRegion(code, `states of ${country}`, states)
  if (region === undefined) return new Holidays(country, state, { types: ['public'] })
  if (!regions.includes(region) || rest.length > 0)
    throw unknownRegion(code, `regions of ${country}-${state}`, regions)
  return new Holidays(country, state, region, { types: ['public'] })
}

function unknownRegion(code: string, kind: string, known: readonly string[]): RangeError {
  const list = known.length === 0 ? 'none are known' : known.toSorted().join(', ')
  return new RangeError(
    `unknown holiday region ${JSON.stringify(code.slice(0, 60))}; expected a code such as GB-ENG, US or DE-BY; ${kind}: ${list}`,
  )
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The whole days of a holiday. Its length is in real time, so that a day may have 23 hours; a festival ends with a part. */
function daysOf(holiday: { date: string; start: Date; end: Date }): string[] {
  const [date = '', time = ''] = holiday.date.split(' ')
  if (time !== '00:00:00') return []
  const days = Math.floor((holiday.end.getTime() - holiday.start.getTime() + hourMs) / dayMs)
  const firstMs = Date.parse(`${date}T00:00:00Z`)
  return Array.from({ length: days }, (_, day) => new Date(firstMs + day * dayMs).toISOString().slice(0, 10))
}
