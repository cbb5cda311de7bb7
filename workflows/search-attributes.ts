/**
 * What engineers search leads by in the Temporal UI: the one list of its names and types. Ids and codes only, since
 * nothing here is ever encrypted.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

const { KEYWORD, KEYWORD_LIST, DATETIME, BOOL, INT } = SearchAttributeType

export const leadStatus = defineSearchAttributeKey('LeadStatus', KEYWORD)
export const leadOwner = defineSearchAttributeKey('LeadOwner', KEYWORD)
/** Set when the workflow is started (api/lead-workflows.ts); the others by the workflow itself (labels.ts). */
export const leadSource = defineSearchAttributeKey('LeadSource', KEYWORD)
export const leadRule = defineSearchAttributeKey('LeadRule', KEYWORD)
export const leadPool = defineSearchAttributeKey('LeadPool', KEYWORD)
export const leadTeam = defineSearchAttributeKey('LeadTeam', KEYWORD)
export const leadCampaign = defineSearchAttributeKey('LeadCampaign', KEYWORD)
export const leadSegment = defineSearchAttributeKey('LeadSegment', KEYWORD)
/** Every territory of the policy that the lead lies in. */
export const leadTerritory = defineSearchAttributeKey('LeadTerritory', KEYWORD_LIST)
export const policyVersion = defineSearchAttributeKey('PolicyVersion', INT)
export const reviewKind = defineSearchAttributeKey('ReviewKind', KEYWORD)
/** running, paused, breached, met or none: the clocks of the owner whom the lead has now, or had last. */
export const slaState = defineSearchAttributeKey('SlaState', KEYWORD)
export const slaDueAt = defineSearchAttributeKey('SlaDueAt', DATETIME)
/** Some clock of the lead ran out, be it long ago and under another owner. */
export const slaBreached = defineSearchAttributeKey('SlaBreached', BOOL)

/** Of one type a namespace on a server without Elasticsearch has room for 10 Keywords, and for 3 of each other. */
const keys = [
  leadStatus,
  leadOwner,
  leadTeam,
  leadSource,
  leadCampaign,
  leadSegment,
  leadTerritory,
  leadRule,
  leadPool,
  policyVersion,
  reviewKind,
  slaState,
  slaDueAt,
  slaBreached,
]

/** As the `temporal` program calls the types, and their numbers in the protocol (IndexedValueType). */
const types = {
  KEYWORD: { type: 'Keyword', number: 2 },
  INT: { type: 'Int', number: 3 },
  BOOL: { type: 'Bool', number: 5 },
  DATETIME: { type: 'Datetime', number: 6 },
  KEYWORD_LIST: { type: 'KeywordList', number: 7 },
} as const

export const searchAttributes = keys.map(({ name, type }) => ({ name, ...types[type] }))
