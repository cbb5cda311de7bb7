/**
 * The roster: people, teams and their working hours, as the engine reads it at one instant.
 * domain/people-document.ts makes it from the YAML; the database keeps it in dated rows, so that the past can be read.
 */
import type { WorkCalendar } from './calendar.js'
import type { EpochMs, RepId } from './ids.js'

export type Person = {
  id: RepId
  name: string
  email: string
  /** `sdr`, `ae`, `manager`, `sales-ops` … the company's own words; the policy refers to them. */
  role: string
  team: string
  manager: RepId | null
  calendar: WorkCalendar
  languages: readonly string[]
  skills: readonly string[]
  meetingLink: string | null
  /** How they want to hear of their leads; in the app they always do. */
  channel: 'email' | 'in-app'
}

export type Team = { id: string; name: string; manager: RepId }

type Leave = {
  rep: RepId
  fromMs: EpochMs
  /** Null: until further notice. */
  untilMs: EpochMs | null
}

export type People = { teams: readonly Team[]; people: readonly Person[] }

export type Roster = People & { leave: readonly Leave[] }
