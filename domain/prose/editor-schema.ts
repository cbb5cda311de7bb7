/**
 * The form of the documents as JSON Schema, so that an editor can complete and check them while they are written. It is
 * made of the shapes that read them; what these read as text (lengths of time, conditions, targets) is spelt out here.
 */
import { z } from 'zod'
import { computedFields, factFields } from '../condition.js'
import { peopleShape } from '../people-document.js'
import { policyShape } from '../policy/shape.js'
import { type Json, type Note, ofCondition, peopleNotes, policyNotes } from './editor-notes.js'

export function policySchema(): Json {
  const schema = schemaOf(policyShape, { title: 'Leadline policy', notes: policyNotes })
  return { ...schema, definitions: { condition, test, place } }
}

export function peopleSchema(): Json {
  return schemaOf(peopleShape, { title: 'Leadline people', notes: peopleNotes })
}

function schemaOf(shape: z.ZodType, { title, notes }: { title: string; notes: readonly Note[] }): Json {
  // As an editor checks it: draft 7 is what the YAML language server reads, and what is written, not what is made of it.
  const schema = z.toJSONSchema(shape, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  const plain = z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(schema)))
  return { ...annotated(plain, [], notes), title }
}

function annotated(schema: Json, path: readonly string[], notes: readonly Note[]): Json {
  const note = notes.find(({ at }) => at.test(path.join('/')))
  if (note?.instead !== undefined) return { ...note.instead, ...note.add }
  return { ...mapInside(schema, path, notes), ...note?.add }
}

/** `*` stands in a path for whatever name the document gives, and for each item of a list. */
function mapInside(schema: Json, path: readonly string[], notes: readonly Note[]): Json {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties' && isJson(value)) {
        const properties = Object.entries(value).map(([name, inner]) => [
          name,
          isJson(inner) ? annotated(inner, [...path, name], notes) : inner,
        ])
        return [key, Object.fromEntries(properties)]
      }
      if ((key === 'additionalProperties' || key === 'items') && isJson(value))
        return [key, annotated(value, [...path, '*'], notes)]
      if (key === 'anyOf' && Array.isArray(value))
        return [
          key,
          value.map((each: unknown) =>
            isJson(each) ? annotated(each, [...path, `|${kindOf(each)}`], notes) : each,
          ),
        ]
      return [key, value]
    }),
  )
}

function kindOf(schema: Json): string {
  return 'const' in schema ? 'const' : typeof schema.type === 'string' ? schema.type : 'any'
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const anyTest: Json = { $ref: '#/definitions/test' }

const test: Json = {
  description:
    'A value, a list of values, exists, missing, a comparison (">= 5"), a range (5..9), or one of the tests below.',
  anyOf: [
    { type: ['string', 'number', 'boolean'] },
    { enum: ['exists', 'missing'] },
    { type: 'array', minItems: 1, items: { type: ['string', 'number', 'boolean'] } },
    { type: 'object', properties: { not: anyTest }, required: ['not'], additionalProperties: false },
    {
      type: 'object',
      properties: { startsWith: { description: 'How a text begins.' } },
      required: ['startsWith'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        in: { type: 'string', pattern: '^list \\S+$', description: 'A list of companies: list NAME.' },
      },
      required: ['in'],
      additionalProperties: false,
    },
  ],
}

const combined: Json = {
  all: { type: 'array', minItems: 1, items: ofCondition, description: 'All of these hold.' },
  any: { type: 'array', minItems: 1, items: ofCondition, description: 'At least one of these holds.' },
  not: { ...ofCondition },
}

const condition: Json = {
  type: 'object',
  description: 'Fields and tests, all of which must hold.',
  minProperties: 1,
  properties: {
    ...Object.fromEntries([...factFields, 'company', ...computedFields].map(field => [field, anyTest])),
    ...combined,
  },
  patternProperties: { '^fields\\.[A-Za-z][A-Za-z0-9_-]*$': anyTest },
  additionalProperties: false,
}

const place: Json = {
  type: 'object',
  description: 'A place, an industry, or both: what it asks, the territory around it, and who manages it.',
  minProperties: 1,
  properties: {
    country: anyTest,
    region: anyTest,
    postcode: anyTest,
    industry: anyTest,
    ...combined,
    within: { type: 'string', description: 'The territory around this one.' },
    manager: { type: 'string', description: 'The person who manages it.' },
  },
  additionalProperties: false,
}
