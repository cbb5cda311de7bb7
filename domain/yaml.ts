/** Reads a YAML document into plain values and remembers where each of them stands, so that an error can say it. */
import { isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar } from 'yaml'

/** Line and column as an editor counts them, from 1. */
export type Place = { line: number; column: number }

/** The way to a value: keys of mappings and positions in lists, from 0. */
export type Path = readonly (string | number)[]

/** Where keys and values stand, by the path as `pathText` writes it. A list's item has the same place for both. */
export type Places = ReadonlyMap<string, { key: Place; value: Place }>

/** Something wrong with a document, before its place is known. */
export type Problem = {
  path: Path
  /** What is wrong: the key, or what it says (the default). */
  at?: 'key' | 'value'
  message: string
  value: unknown
  /** What would have been right, where that can be listed. */
  allowed?: readonly string[]
}

/** What the parser says of the slips that people make most, said for people. */
const plainer: Record<string, string | undefined> = {
  BAD_SCALAR_START: 'a value that begins with this sign must be in quotes, for example ">= 1000"',
  DUPLICATE_KEY: 'this key is here twice in one mapping',
  TAG_RESOLVE_FAILED: 'a tag is not part of the language; write the value alone',
  MULTIPLE_DOCS: 'a second document begins here; expected one',
}

type SyntaxFault = Place & { message: string }

type Reading =
  | { ok: true; value: unknown; places: Places; problems: readonly Problem[] }
  | { ok: false; faults: readonly SyntaxFault[] }

/** A document is written by people; past these it is a mistake or an attack. Characters, and levels of nesting. */
const longestText = 1_000_000
const deepestNesting = 30
/** After so many faults of syntax the rest is their echo. */
const mostFaults = 20

/**
 * YAML 1.2 without anchors, aliases and tags: what is written is what is meant, and each value has one place.
 * A plain scalar is a number only in the way people write one: `01067` and `1e5` are text, since a postcode or a
 * product's name must not change by being read.
 */
export function readYaml(text: string): Reading {
  if (text.length > longestText) {
    return { ok: false, faults: [{ ...start, message: `longer than ${longestText} characters` }] }
  }
  const document = parseDocument(text, { prettyErrors: false })
  const placeAt = placesIn(text)
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    return {
      ok: false,
      faults: faults.slice(0, mostFaults).map(({ pos, code, message }) => ({
        ...placeAt(pos[0]),
        message: plainer[code] ?? message,
      })),
    }
  }
  const reader: Reader = { placeAt, places: new Map(), problems: [] }
  const value = readNode(document.contents, [], start, reader)
  return { ok: true, value, places: reader.places, problems: reader.problems }
}

/** The library counts lines too, but loses some of them after a fault, so that an error would be said to be elsewhere. */
function placesIn(text: string): (offset: number) => Place {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return offset => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

/** The place of a path; of a path that is not in the document, the key of the nearest thing around it that is. */
export function placeOf(places: Places, path: Path, at: 'key' | 'value'): Place {
  const exact = places.get(pathText(path))
  if (exact !== undefined) return exact[at]
  return path.length === 0 ? start : placeOf(places, path.slice(0, -1), 'key')
}

/** `rules[2].when["fields.intent"]`; of the whole document: `document`. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'document'
  return path.map(pathStep).join('').replace(/^\./, '')
}

function pathStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z0-9_-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

const start: Place = { line: 1, column: 1 }

type Reader = {
  placeAt: (offset: number) => Place
  places: Map<string, { key: Place; value: Place }>
  problems: Problem[]
}

function readNode(node: unknown, path: Path, key: Place, reader: Reader): unknown {
  const value = placeOfNode(node, reader) ?? key
  reader.places.set(pathText(path), { key, value })
  if (path.length > deepestNesting)
    return refuse(reader, path, 'value', `nested deeper than ${deepestNesting} levels`)
  if (isAlias(node)) {
    return refuse(reader, path, 'value', 'an alias is not part of the language; write the value out')
  }
  if (isMap(node)) return readMap(node.items, path, reader)
  if (isSeq(node)) {
    return node.items.map((item, index) => {
      const here = placeOfNode(item, reader) ?? value
      return readNode(item, [...path, index], here, reader)
    })
  }
  return isScalar(node) ? readScalar(node) : null
}

function readMap(pairs: readonly Pair[], path: Path, reader: Reader): Record<string, unknown> {
  const entries: [string, unknown][] = []
  for (const pair of pairs) {
    const name = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : null
    const key = placeOfNode(pair.key, reader) ?? start
    if (name === null || name === '' || name === '__proto__') {
      reader.places.set(pathText([...path, name ?? '?']), { key, value: key })
      refuse(reader, [...path, name ?? '?'], 'key', 'not a name')
      continue
    }
    entries.push([name, readNode(pair.value, [...path, name], key, reader)])
  }
  return Object.fromEntries(entries)
}

function readScalar(scalar: Scalar): unknown {
  if (typeof scalar.value === 'number' || typeof scalar.value === 'bigint') {
    const written = scalar.source ?? String(scalar.value)
    return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(written) ? Number(written) : written
  }
  return scalar.value
}

function refuse(reader: Reader, path: Path, at: 'key' | 'value', message: string): null {
  reader.problems.push({ path, at, message, value: undefined })
  return null
}

function placeOfNode(node: unknown, reader: Reader): Place | null {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return null
  return node.range ? reader.placeAt(node.range[0]) : null
}
