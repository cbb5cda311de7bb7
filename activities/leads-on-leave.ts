import { leadsCovered, leadsOf } from '../db/leaves.js'
import type { LeadId, RepId } from '../domain/ids.js'
import type { ActivityDeps } from './index.js'

type Input = { leave: string; rep: RepId; change: 'left' | 'returned'; after: LeadId | null }
export type LeadToTell = { lead: LeadId; touched: 'stay' | 'move' | 'pause' }

/** Each is a signal from the leave's workflow; a page is told before the next one is read. */
const pageMost = 100

/** The leads that must hear of the leave: those that the person owns, or those that it has changed something for. */
export function leadsOnLeave({ db }: ActivityDeps) {
  return async ({ leave, rep, change, after }: Input): Promise<LeadToTell[]> => {
    if (change === 'left') return leadsOf(db, rep, after, pageMost)
    const covered = await leadsCovered(db, leave, after, pageMost)
    return covered.map(lead => ({ lead, touched: 'stay' }))
  }
}
