import type { DecidedItem } from '../../db/decided-items.js'
import { Instant, spaced } from './page.js'
import type { Reader } from './reader.js'

/** For whoever decided second: what was decided first, by whom and when. */
export function Decided({ item, reader }: { item: DecidedItem; reader: Reader }) {
  const { choice, to, by, atMs } = item
  const { person } = reader.telling
  const who = by === null ? 'By itself' : person(by)
  return (
    <p>
      {`${who}: ${spaced(choice)}${to === null ? '' : ` (${person(to)})`}, `}
      <Instant atMs={atMs} reader={reader} />
    </p>
  )
}
