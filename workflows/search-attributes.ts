/**
 * What engineers search leads by in the Temporal UI: the one list of its names and types. Ids and codes only, since
 * nothing here is ever encrypted.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

const { KEYWORD, DATETIME, BOOL } = SearchAttributeType

export const leadStatus = defineSearchAttributeKey('LeadStatus', KEYWORD)
export const leadOwner = defineSearchAttributeKey('LeadOwner', KEYWORD)
/** Set when the workflow is started (api/lead-workflows.ts); the others by the workflow itself (labels.ts). */
const leadSource = defineSearchAttributeKey('LeadSource', KEYWORD)
export const leadRule = defineSearchAttributeKey('LeadRule', KEYWORD)
export const leadPool = defineSearchAttributeKey('LeadPool', KEYWORD)
export const reviewKind = defineSearchAttributeKey('ReviewKind', KEYWORD)
export const slaDueAt = defineSearchAttributeKey('SlaDueAt', DATETIME)
/** Some clock of the lead ran out, be it long ago and under another owner. */
export const slaBreached = defineSearchAttributeKey('SlaBreached', BOOL)

const keys = [leadStatus, leadOwner, leadSource, leadRule, leadPool, reviewKind, slaDueAt, slaBreached]

/** As the `temporal` program calls the types, and their numbers in the protocol (IndexedValueType). */
const types = {
  KEYWORD: { type: 'Keyword', number: 2 },
  BOOL: { type: 'Bool', number: 5 },
  DATETIME: { type: 'Datetime', number: 6 },
} as const

export const searchAttributes = keys.map(({ name, type }) => ({ name, ...types[type] }))
