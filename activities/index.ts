import type { Crm } from '../adapters/crm/port.js'
import type { Mail } from '../adapters/notify/port.js'
import type { Pool } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { acceptSubmission } from './accept-submission.js'
import { acknowledgeProspect } from './acknowledge-prospect.js'
import { adoptPolicy } from './adopt-policy.js'
import { closeLead } from './close-lead.js'
import { enrich } from './enrich.js'
import { eraseLead } from './erase-lead.js'
import { failing } from './failures.js'
import { leadsOnLeave } from './leads-on-leave.js'
import { openHandoff } from './open-handoff.js'
import { openPause } from './open-pause.js'
import { openReassignment } from './open-reassignment.js'
import { openReview } from './open-review.js'
import { prepare } from './prepare.js'
import { readLeave } from './read-leave.js'
import { record } from './record.js'
import { resumeClocks } from './resume-clocks.js'
import { route } from './route.js'
import { saveToCrm } from './save-to-crm.js'
import { sendMeetingLink } from './send-meeting-link.js'
import { splitSubmission } from './split-submission.js'
import { startClock } from './start-clock.js'
import { tell } from './tell.js'

export type ActivityDeps = {
  db: Pool
  crm: Crm
  mail: Mail
  /** Where an owner says with one click that they have seen the lead of this message; absent: mails have no such link. */
  acknowledgeLink?: (of: { lead: LeadId; hop: number; recipient: string }, atMs: EpochMs) => Promise<string>
}

/** One verb each. Every one takes its instant as an input and may be tried again at any moment. */
export function createActivities(deps: ActivityDeps) {
  return {
    prepare: failing(prepare(deps)),
    acknowledgeProspect: failing(acknowledgeProspect(deps)),
    enrich: failing(enrich(deps)),
    route: failing(route(deps)),
    record: failing(record(deps)),
    saveToCrm: failing(saveToCrm(deps)),
    tell: failing(tell(deps)),
    sendMeetingLink: failing(sendMeetingLink(deps)),
    openReview: failing(openReview(deps)),
    openReassignment: failing(openReassignment(deps)),
    openHandoff: failing(openHandoff(deps)),
    openPause: failing(openPause(deps)),
    startClock: failing(startClock(deps)),
    resumeClocks: failing(resumeClocks(deps)),
    adoptPolicy: failing(adoptPolicy(deps)),
    acceptSubmission: failing(acceptSubmission(deps)),
    splitSubmission: failing(splitSubmission(deps)),
    eraseLead: failing(eraseLead(deps)),
    closeLead: failing(closeLead(deps)),
    readLeave: failing(readLeave(deps)),
    leadsOnLeave: failing(leadsOnLeave(deps)),
  }
}
export type Activities = ReturnType<typeof createActivities>
