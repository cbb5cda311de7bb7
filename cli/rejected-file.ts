import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'

export type RejectedFile = {
  add: (cells: readonly string[], reasons: readonly string[]) => void
  /** Ends the file; resolves to how many rows it has. Without any there is no file. */
  close: () => Promise<number>
}

/**
 * The rows that cannot be leads, as they stood, with a column that says why: to be mended and imported again. A cell
 * that a spreadsheet would run as a formula gets an apostrophe before it, which reading takes off.
 */
export function createRejectedFile(path: string, header: readonly string[]): RejectedFile {
  let file: WriteStream | null = null
  let failure: Error | null = null
  let rows = 0
  const write = (cells: readonly string[]) => file?.write(stringify([[...cells]], { escape_formulas: true }))
  return {
    add(cells, reasons) {
      if (file === null) {
        file = createWriteStream(path)
        file.on('error', error => {
          failure = error
        })
        write([...header, 'reason'])
      }
      const own = header.map((_, at) => cells[at] ?? '')
      // What stood beyond the last column is kept behind the reason.
      write([...own, reasons.join('; '), ...cells.slice(header.length)])
      rows += 1
    },
    async close() {
      if (file !== null) {
        file.end()
        await finished(file)
      }
      if (failure !== null) throw failure
      return rows
    },
  }
}
