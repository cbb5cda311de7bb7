import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { countingOf } from '../db/ownership.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, rows, sql, transaction, type Tx } from '../db/sql.js'
import { readoptedClocks } from '../domain/clocks.js'
import { type EpochMs, type LeadId, type PolicyVersion, policyVersion } from '../domain/ids.js'
import type { PolicyAdopted, RunningClock } from '../domain/life/state.js'
import { ownerTerms } from '../domain/routed.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  atMs: EpochMs
  request: string
  actor: string
  version: PolicyVersion
  reRoute: boolean
  clocks: RunningClock[]
}

/** Moves an open lead to another version of the policy (R31): its clocks are counted anew from where they started. */
export function adoptPolicy({ db }: ActivityDeps) {
  return async ({
    lead,
    hop,
    atMs,
    request,
    actor,
    version,
    reRoute,
    clocks,
  }: Input): Promise<PolicyAdopted> =>
    transaction(db, async tx => {
      const { policyVersion: from } = preparedOf(await lockLead(tx, lead))
      const published = await versionsOf(tx)
      if (!published.includes(version))
        return { kind: 'refused', code: 'unknown-version', detail: published.map(String) }
      const policy = await policyOfVersion(tx, version)
      const counting = await countingOf(tx, lead, atMs)
      // A service level that the new version no longer has stays as it was counted.
      const known = counting !== null && Object.hasOwn(policy.slas, counting.sla) ? counting : null
      const again = known === null ? clocks : readoptedClocks(policy, known, clocks, atMs)
      await execute(tx, sql`update leads set policy_version = ${version} where id = ${lead}`)
      await appendEvent(tx, {
        lead,
        atMs,
        actor,
        hop,
        key: `adopted-${request}`,
        kind: 'policyAdopted',
        data: {
          from,
          to: version,
          clocks: again.map(({ clock, dueAtMs }) => ({ clock, dueAtMs })),
          reRoute,
        },
      })
      return { kind: 'adopted', clocks: again, terms: known === null ? {} : ownerTerms(policy, known.sla) }
    })
}

async function versionsOf(tx: Tx): Promise<PolicyVersion[]> {
  const found = await rows(
    tx,
    z.object({ version: policyVersion }),
    sql`select version from policies order by version`,
  )
  return found.map(({ version }) => version)
}
