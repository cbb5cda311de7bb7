import { silent } from '../scripts/progress.mjs'
import { here } from '../scripts/setup.mjs'
import { temporalCli as temporalTool } from '../scripts/temporal-cli.mjs'
import { find, obtain } from '../scripts/ways.mjs'

/** The `temporal` program, fetched where it is not there yet, as set-up does it. */
export function temporalCli(): Promise<string> {
  const place = here()
  return obtain(temporalTool(place), place)
}

/** Null where it is not there; fetches nothing. */
export function findTemporalCli(): Promise<string | null> {
  const place = { ...here(), progress: silent }
  return find(temporalTool(place), place)
}
