/** How each step of a lead is run: as a local activity, as one that the Temporal UI shows, or as one that may take its time. */
import { patched, proxyActivities, proxyLocalActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import type { Inbox } from './inbox.js'

export const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})
/** Our own database too, so that one that was killed is soon tried again. */
export const seen = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})
/** A CRM and a mail server may take their time. */
export const seenAfar = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '500ms', maximumInterval: '1m' },
})

type ByAct = Pick<
  Activities,
  | 'record'
  | 'openReassignment'
  | 'openHandoff'
  | 'openPause'
  | 'startClock'
  | 'resumeClocks'
  | 'adoptPolicy'
  | 'splitSubmission'
  | 'eraseLead'
>

/**
 * What a person said must be in the history before it is in the tables. An Update that a local activity answers in
 * its own task is not: killed between the two, the lead would not know what its timeline says. A Signal is.
 */
export function byAct(inbox: Inbox, summary: string): ByAct {
  const by = inbox.isAwaited() && patched('acts-are-kept-first') ? seen : local
  return {
    record: input => by.record.executeWithOptions({ summary }, [input]),
    openReassignment: input => by.openReassignment.executeWithOptions({ summary }, [input]),
    openHandoff: input => by.openHandoff.executeWithOptions({ summary }, [input]),
    openPause: input => by.openPause.executeWithOptions({ summary }, [input]),
    startClock: input => by.startClock.executeWithOptions({ summary }, [input]),
    resumeClocks: input => by.resumeClocks.executeWithOptions({ summary }, [input]),
    adoptPolicy: input => by.adoptPolicy.executeWithOptions({ summary }, [input]),
    splitSubmission: input => by.splitSubmission.executeWithOptions({ summary }, [input]),
    eraseLead: input => by.eraseLead.executeWithOptions({ summary }, [input]),
  }
}
