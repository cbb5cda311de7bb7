/** A table in a text file as spreadsheets and CRMs export it: what separates its cells, its header, its rows. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'

export type TableFile = {
  header: readonly string[]
  /** Rows below the header; blank ones do not count. */
  rows: number
  /** Reads the file anew, row by row, without the header. */
  read(): AsyncIterable<readonly string[]>
}

/** Rows longer than this are no leads: a quote that somebody forgot to close swallows the rest of the file. */
const rowCharactersMost = 200_000
const separators = [',', ';', '\t'] as const

/**
 * Reads the file once to its end, so that what makes it unusable is known before any row is used: no such file, not
 * text, no header, a quote that is never closed.
 */
export async function openTable(
  path: string,
): Promise<{ ok: true; table: TableFile } | { ok: false; problem: string }> {
  try {
    const separator = await separatorOf(path)
    let header: readonly string[] | null = null
    let rows = 0
    for await (const cells of recordsOf(path, separator)) {
      if (header === null) header = cells.map(cell => cell.trim())
      else rows += 1
    }
    if (header === null) return { ok: false, problem: 'the file is empty; expected a header and rows' }
    return { ok: true, table: { header, rows, read: () => withoutHeader(recordsOf(path, separator)) } }
  } catch (error) {
    return { ok: false, problem: sayProblem(error) }
  }
}

async function* withoutHeader(records: AsyncIterable<readonly string[]>): AsyncGenerator<readonly string[]> {
  let isHeader = true
  for await (const cells of records) {
    if (!isHeader) yield cells
    isHeader = false
  }
}

async function* recordsOf(path: string, separator: string): AsyncGenerator<readonly string[]> {
  const parser = parse({
    delimiter: separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // A quote inside a cell that does not begin with one is a character, as in `5" disk`.
    relax_quotes: true,
    skip_records_with_empty_values: true,
    max_record_size: rowCharactersMost,
  })
  pipeline(Readable.from(textOf(path)), parser, () => {})
  for await (const cells of parser) yield z.array(z.string()).parse(cells)
}

/** UTF-8, or UTF-16 where the file says so by its first two bytes; a byte order mark is no part of the text. */
async function* textOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder((await beginsAsUtf16(path)) ? 'utf-16le' : 'utf-8', { fatal: true })
  for await (const chunk of createReadStream(path)) {
    yield decoder.decode(z.instanceof(Buffer).parse(chunk), { stream: true })
  }
  yield decoder.decode()
}

async function beginsAsUtf16(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer[0] === 0xff && buffer[1] === 0xfe
  } finally {
    await file.close()
  }
}

/** Whichever of the separators stands most often in the header, outside quotes. */
async function separatorOf(path: string): Promise<string> {
  const line = await headerTextOf(path)
  const unquoted = line.replace(/"[^"]*"/g, '')
  const counted = separators.map(mark => ({ mark, times: unquoted.split(mark).length }))
  return counted.reduce((most, one) => (one.times > most.times ? one : most)).mark
}

/** Up to the first line break that no quotes enclose. */
async function headerTextOf(path: string): Promise<string> {
  let text = ''
  for await (const part of textOf(path)) {
    text += part
    const header = /^\s*((?:"[^"]*"|[^"\r\n])+)[\r\n]/.exec(text)?.[1]
    if (header !== undefined) return header
    if (text.length > rowCharactersMost) break
  }
  return text
}

function sayProblem(error: unknown): string {
  if (error instanceof CsvError) {
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote is opened and never closed'
    if (error.code === 'CSV_MAX_RECORD_SIZE')
      return `a row has more than ${rowCharactersMost} characters; is a quote never closed before it?`
    return error.message
  }
  const code = error instanceof Error && 'code' in error ? error.code : null
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'this is a folder; expected a file'
    case 'EACCES':
      return 'this file may not be read'
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'not UTF-8 text; save it as "CSV UTF-8" and try again'
    default:
      throw error
  }
}
