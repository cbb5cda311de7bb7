const yearsBefore = 1
const yearsAfter = 3

/** The first and the last year whose public holidays become dates in a document that is loaded at this instant. */
export function holidayYearsAround(atMs: number): [number, number] {
  const year = new Date(atMs).getUTCFullYear()
  return [year - yearsBefore, year + yearsAfter]
}
