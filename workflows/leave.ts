/**
 * The story of one leave. It waits until the person leaves, tells their leads, waits until they are back, and tells
 * those that it has changed something for. People change the leave's row; the workflow looks at it again when they have.
 */
import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { Activities } from '../activities/index.js'
import { type EpochMs, instant, type LeadId, type RepId } from '../domain/ids.js'
import { workflowIdOf } from './ids.js'
import { signalOf } from './messages.js'

export type LeaveInput = { leave: string }
export type LeaveOutcome = { outcome: 'over' | 'off'; left: number; returned: number }

/** The leave's row has changed: approved, refused, shortened, taken back. */
const leaveChanged = defineSignal('leaveChanged')

/** Of a leave until further notice: the row is looked at again, though nobody has said that it changed. */
const longestWaitMs = 30 * 24 * 3_600_000

const { readLeave, leadsOnLeave } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
})

type On = Extract<Awaited<ReturnType<Activities['readLeave']>>, { kind: 'on' }>

export async function leave({ leave: id }: LeaveInput): Promise<LeaveOutcome> {
  let hasChanged = false
  setHandler(leaveChanged, () => {
    hasChanged = true
  })
  let begun: On | null = null
  let left = 0

  for (;;) {
    hasChanged = false
    const plan = await readLeave({ leave: id })
    if (plan.kind === 'off') {
      // Taken back after it had begun: the person is there again.
      const returned: number = begun === null ? 0 : await tellLeads(id, begun, 'returned')
      return { outcome: 'off', left, returned }
    }
    if (plan.kind === 'on' && begun === null && plan.fromMs <= Date.now()) {
      left = await tellLeads(id, plan, 'left')
      begun = plan
      continue
    }
    if (plan.kind === 'on' && begun !== null && plan.untilMs !== null && plan.untilMs <= Date.now())
      return { outcome: 'over', left, returned: await tellLeads(id, plan, 'returned') }

    const nextMs = plan.kind === 'asked' ? null : begun === null ? plan.fromMs : plan.untilMs
    const waitMs = Math.min(nextMs === null ? longestWaitMs : nextMs - Date.now(), longestWaitMs)
    const summary = begun === null ? 'until the leave begins' : 'until the leave ends'
    await condition(() => hasChanged, Math.max(1, waitMs), { summary })
  }
}

/** A lead that has ended meanwhile need not hear of it. Gives how many were told. */
async function tellLeads(
  id: string,
  { rep, cover, untilMs }: On,
  kind: 'left' | 'returned',
): Promise<number> {
  let told = 0
  let after: LeadId | null = null
  for (;;) {
    const page: Awaited<ReturnType<Activities['leadsOnLeave']>> = await leadsOnLeave({
      leave: id,
      rep,
      change: kind,
      after,
    })
    for (const { lead, touched } of page) {
      const change = kind === 'left' ? ({ kind, cover, touched, untilMs } as const) : ({ kind } as const)
      if (await say(id, lead, rep, change)) told += 1
    }
    const last = page.at(-1)
    if (last === undefined) return told
    after = last.lead
  }
}

type Change =
  | { kind: 'left'; cover: RepId | null; touched: 'stay' | 'move' | 'pause'; untilMs: EpochMs | null }
  | { kind: 'returned' }

async function say(id: string, lead: LeadId, rep: RepId, change: Change): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowIdOf(lead)).signal(signalOf('changeOwnerAvailability'), {
      // Once per leave, lead and change, whichever run of the leave says it.
      requestId: `leave-${id}-${change.kind}-${workflowInfo().runId}`,
      actor: { id: 'system', role: 'system' },
      atMs: instant(Date.now()),
      leave: id,
      rep,
      change,
    })
    return true
  } catch {
    return false
  }
}
