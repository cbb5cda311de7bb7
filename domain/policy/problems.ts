/** What is wrong with a document, said with its place and with what would have been right. */
import { z } from 'zod'
import { type Path, type Places, type Problem, pathText, placeOf, readYaml } from '../yaml.js'

export type PolicyError = {
  /** As the caller named the document. */
  file: string
  /** From 1; both 0 where the document is not at hand, only what was made of it. */
  line: number
  column: number
  /** `rules[2].sla`; of the whole document: `document`. */
  path: string
  message: string
  /** What stands there; undefined where nothing does. */
  value: unknown
  allowed?: string[]
  didYouMean?: string
}

/** A document that was read: its name, and where everything in it stands. */
export type DocumentSource = { file: string; places: Places }

/** Takes a problem and goes on, so that one reading finds all of them. */
export type Report = (problem: Problem) => void

/** The names that are said twice where each may be said once, at the second place. */
export function reportRepeats(
  names: readonly string[],
  pathOf: (index: number) => Path,
  report: Report,
): void {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) report({ path: pathOf(index), message: 'is here twice', value: name })
    seen.add(name)
  }
}

/** Two letters wrong are a slip; more are another word. */
const mostSlips = 2
/** As many as help; more would hide the sentence that they belong to. */
const mostListed = 12

type Read<Made> = { ok: true; made: Made; source: DocumentSource } | { ok: false; errors: PolicyError[] }

/**
 * Reads a document by its shape and makes something of it. A section that has not the form of its shape is left out of
 * what `make` gets, so that what is wrong with the others is found in the same reading.
 */
export function readDocument<Sections, Made>(
  text: string,
  file: string,
  shapes: { whole: z.ZodObject; sections: z.ZodType<Sections> },
  make: (sections: Sections, document: unknown, report: Report) => Made,
): Read<Made> {
  const reading = readYaml(text)
  if (!reading.ok) {
    const errors = reading.faults.map(fault => ({ file, ...fault, path: 'document', value: undefined }))
    return { ok: false, errors }
  }
  const { value, places, problems: unreadable } = reading
  const source = { file, places }
  if (unreadable.length > 0) return { ok: false, errors: located(unreadable, source) }
  const issues = shapes.whole.safeParse(value).error?.issues ?? []
  const problems = problemsOf(issues, shapes.whole, value)
  const made = make(shapes.sections.parse(soundSections(issues, value)), value, problem => {
    problems.push(problem)
  })
  return problems.length === 0 ? { ok: true, made, source } : { ok: false, errors: located(problems, source) }
}

function soundSections(issues: readonly z.core.$ZodIssue[], document: unknown): Record<string, unknown> {
  const faulty = new Set(
    issues.flatMap(({ path, ...issue }) =>
      path.length === 0 && issue.code === 'unrecognized_keys' ? issue.keys : [String(path[0])],
    ),
  )
  if (!isMapping(document)) return {}
  return Object.fromEntries(Object.entries(document).filter(([key]) => !faulty.has(key)))
}

/** Problems with their places, in the order of the document. */
export function located(problems: readonly Problem[], source: DocumentSource): PolicyError[] {
  const errors = problems.map(({ path, at, message, value, allowed }): PolicyError => {
    const near = typeof value === 'string' && allowed ? nearest(value, allowed) : null
    return {
      file: source.file,
      ...placeOf(source.places, path, at ?? 'value'),
      path: pathText(path),
      message,
      value,
      ...(allowed ? { allowed: [...allowed] } : {}),
      ...(near === null ? {} : { didYouMean: near }),
    }
  })
  const distinct = new Map(
    errors.map(error => [JSON.stringify([error.path, error.message, error.value]), error]),
  )
  return [...distinct.values()].sort((one, other) => one.line - other.line || one.column - other.column)
}

/** One line for each error, `file:line:column: path: what is wrong`, as editors and terminals link it. */
export function formatPolicyErrors(errors: readonly PolicyError[], fileName: string): string {
  return errors
    .map(({ line, column, path, message, value, allowed, didYouMean }) => {
      const place = line === 0 ? fileName : `${fileName}:${line}:${column}`
      const isSaid = typeof value === 'string' && message.includes(JSON.stringify(value))
      const here = isPlain(value) && !isSaid ? ` (here: ${value === '' ? '""' : value})` : ''
      const right = didYouMean === undefined ? known(allowed ?? null) : `; did you mean ${didYouMean}?`
      return `${place}: ${path}: ${message}${here}${right}`
    })
    .join('\n')
}

/** The problems in which a schema refused a value, with our words for what it says in its own. */
function problemsOf(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, document: unknown): Problem[] {
  return issues.flatMap(issue => problemsOfIssue(issue, [], schema, document))
}

function problemsOfIssue(
  issue: z.core.$ZodIssue,
  prefix: Path,
  schema: z.ZodType,
  document: unknown,
): Problem[] {
  const path = [...prefix, ...issue.path.map(step => (typeof step === 'number' ? step : String(step)))]
  const value = valueAt(document, path)
  switch (issue.code) {
    case 'invalid_type':
      return [{ path, message: mismatch(value, wordFor(issue.expected)), value }]
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      const [only] = allowed
      if (only !== undefined && allowed.length === 1) return [{ path, message: mismatch(value, only), value }]
      return [{ path, message: mismatch(value, 'one of the known words'), value, allowed }]
    }
    case 'unrecognized_keys':
      return issue.keys.map(key => ({
        path: [...path, key],
        at: 'key',
        message: 'unknown key',
        value: key,
        allowed: keysAt(schema, path),
      }))
    case 'invalid_key':
      return issue.issues.map(inner => ({ path, at: 'key', message: inner.message, value: path.at(-1) }))
    case 'invalid_union':
      return problemsOfUnion(issue, path, schema, document)
    default:
      return [{ path, message: value === undefined ? 'missing' : issue.message, value }]
  }
}

/** Says what is wrong with the one form that the writer meant, or, if that cannot be told, all the forms there are. */
function problemsOfUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  schema: z.ZodType,
  document: unknown,
): Problem[] {
  const value = valueAt(document, path)
  const ofThisType = issue.errors.filter(
    inner => !inner.some(({ code, path: within }) => code === 'invalid_type' && within.length === 0),
  )
  const words = ofThisType.filter(
    inner => !inner.every(({ code, path: within }) => code === 'invalid_value' && within.length === 0),
  )
  const meant = words[0] ?? ofThisType[0]
  if (meant !== undefined) return meant.flatMap(inner => problemsOfIssue(inner, path, schema, document))
  const forms = issue.errors.flatMap(inner =>
    inner.flatMap(one => (one.code === 'invalid_type' ? [wordFor(one.expected)] : [])),
  )
  return [{ path, message: mismatch(value, [...new Set(forms)].join(' or ')), value }]
}

function mismatch(value: unknown, expected: string): string {
  if (value === undefined) return `missing: expected ${expected}`
  if (isPlain(value)) return `expected ${expected}`
  return `expected ${expected}, not ${value === null ? 'nothing' : Array.isArray(value) ? 'a list' : 'a mapping'}`
}

function wordFor(expected: string): string {
  const words: Record<string, string | undefined> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
  }
  return words[expected] ?? expected
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)]
    return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }, document)
}

/** The keys that a schema knows at a path. */
function keysAt(schema: unknown, path: Path): readonly string[] {
  const [step, ...rest] = path
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path)
  if (schema instanceof z.ZodUnion) {
    return schema.options.map(option => keysAt(option, path)).find(keys => keys.length > 0) ?? []
  }
  if (schema instanceof z.ZodObject) {
    return step === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[step], rest)
  }
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest)
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest)
  return []
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function known(allowed: readonly string[] | null): string {
  if (allowed === null) return ''
  if (allowed.length === 0) return '; none is declared'
  const rest = allowed.length - mostListed
  return `; known: ${allowed.slice(0, mostListed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** The word with the fewest slips between it and what was written; of equally near ones the first. */
function nearest(written: string, allowed: readonly string[]): string | null {
  const ranked = allowed
    .map(word => ({ word, slips: slipsBetween(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, slips }) => slips <= mostSlips && slips < word.length)
    .sort((one, other) => one.slips - other.slips)
  return ranked[0]?.word ?? null
}

/** Levenshtein's distance: letters to put in, take out or change. */
function slipsBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > mostSlips) return mostSlips + 1
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1]
    for (const [column, against] of [...other].entries()) {
      const changed = (row[column] ?? 0) + (letter === against ? 0 : 1)
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
