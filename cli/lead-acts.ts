/** `leadline lead reopen|split|erase`: what operations do with a lead after its end, as the API does it. */
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { act } from '../api/act.js'
import type { Caller } from '../api/auth.js'
import { eraseClosed, familyOf } from '../api/erase-lead.js'
import { createLeadWorkflows, type Sent } from '../api/lead-workflows.js'
import { Problem, sayProblem } from '../api/problem.js'
import { reopenLead } from '../api/reopen-lead.js'
import { type EpochMs, instant, type LeadId, name } from '../domain/ids.js'
import { CannotStart } from '../worker/cannot-start.js'
import { taskQueue } from '../workflows/ids.js'
import type { OpenInstance } from './open.js'
import { withInstance } from './with-instance.js'

/** @param readLead parses an argument; commander says what is wrong with it */
export function addLeadActs(lead: Command, readLead: (text: string) => LeadId): void {
  lead
    .command('reopen')
    .argument('<id>', "the lead's id", readLead)
    .requiredOption('--reason <code>', 'a code, for example called-back: it stands on the timeline')
    .description('open a closed lead again, within the time that its policy says')
    .action((id: LeadId, { reason }: { reason: string }) =>
      withInstance(instance => said(() => reopen(instance, id, reason))),
    )
  lead
    .command('split')
    .argument('<survivor>', 'the lead that took the other in', readLead)
    .argument('<lead>', 'the lead that joined it', readLead)
    .description(
      'the two are different people: take back what the lead brought, and let it begin its own life',
    )
    .action((survivor: LeadId, other: LeadId) =>
      withInstance(instance => said(() => split(instance, survivor, other))),
    )
  lead
    .command('erase')
    .argument('<id>', "the lead's id", readLead)
    .option('--yes', 'without it, nothing is done')
    .description('forget the person: everything personal of this lead and of those merged with it')
    .action((id: LeadId, { yes }: { yes?: true }) =>
      withInstance(instance => said(() => erase(instance, id, yes ?? false))),
    )
}

async function reopen(instance: OpenInstance, lead: LeadId, reason: string): Promise<string> {
  if (!name.safeParse(reason).success)
    throw new CannotStart(`--reason ${reason}: expected lower-case letters, digits and hyphens`)
  await reopenLead(depsOf(instance), operator(), { lead, reason, key: undefined })
  return `Lead ${lead} is open again.`
}

async function split(instance: OpenInstance, survivor: LeadId, other: LeadId): Promise<string> {
  const { sent } = await act(depsOf(instance), operator(), undefined, {
    lead: survivor,
    name: 'splitSubmission',
    payload: envelope => ({ ...envelope, lead: other }),
  })
  return answerTo(sent, `Lead ${other} is split off from ${survivor} and begins its own life.`)
}

async function erase(instance: OpenInstance, lead: LeadId, isSure: boolean): Promise<string> {
  const deps = depsOf(instance)
  const { root, isOpen } = await familyOf(deps, lead)
  const what = root === lead ? `lead ${lead}` : `lead ${lead} and ${root}, of which it became part,`
  if (!isSure)
    throw new CannotStart(`This would erase everything personal of ${what} for good. With --yes it does.`)
  const done = `Everything personal of ${what} is erased.`
  if (!isOpen) {
    await eraseClosed(deps, operator(), root)
    return done
  }
  const { sent } = await act(deps, operator(), undefined, {
    lead: root,
    name: 'erase',
    payload: envelope => envelope,
  })
  return answerTo(sent, done)
}

function answerTo(sent: Sent, done: string): string {
  if ('pending' in sent) return 'Taken down: the lead applies it as soon as a worker is there.'
  if (sent.ok) return done
  throw new CannotStart(
    `not possible: ${[sent.code, ...sent.detail].join(', ')} (the lead is ${sent.status})`,
  )
}

/** Prints what was done; what was refused is said in one line. */
async function said(work: () => Promise<string>): Promise<void> {
  try {
    console.log(await work())
  } catch (error) {
    throw error instanceof Problem ? new CannotStart(sayProblem(error)) : error
  }
}

function depsOf({ db, temporal }: OpenInstance) {
  return { db, now, leads: createLeadWorkflows(temporal, taskQueue, { db, now }) }
}

/** Whoever has a terminal on the instance may do everything; the timeline says who it was. */
function operator(): Caller {
  return { id: userInfo().username, role: 'administrator', rep: null }
}

function now(): EpochMs {
  return instant(Date.now())
}
