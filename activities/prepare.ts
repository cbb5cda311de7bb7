import { z } from 'zod'
import type { CrmAccount } from '../adapters/crm/port.js'
import { startAssignClock } from '../db/assign-clock.js'
import { appendEvent, timelineOf } from '../db/events.js'
import { announceOutcome, type LeadRow, lockLead, readLead } from '../db/lead.js'
import { saveNormalised } from '../db/normalised.js'
import { currentPolicy, policyOfVersion } from '../db/policies.js'
import { type Db, execute, row, rows, sql, transaction, type Tx } from '../db/sql.js'
import { factsOf } from '../domain/facts.js'
import { normalise } from '../domain/identity/normalise.js'
import { type EpochMs, type LeadId, leadId } from '../domain/ids.js'
import { leadBody, type NormalisedLead, normalisedLead, type RoutingFacts } from '../domain/lead.js'
import type { Prepared } from '../domain/life/state.js'
import {
  type AccountMatch,
  accountKeys,
  blockingKeys,
  matchAccount,
  matchKeys,
  type ScoredCandidate,
  scoreMatch,
  type Verdict,
  verdict,
} from '../domain/match.js'
import { matchRules } from '../domain/matching.js'
import type { Policy, Source } from '../domain/policy.js'
import { profileOf } from '../domain/score.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; atMs: EpochMs; step: number }
type Belongs = AccountMatch<CrmAccount>

/** Normalises the submission, finds out whether we know the person, and pins the policy version. One transaction. */
export function prepare({ db, crm }: ActivityDeps) {
  return async ({ lead, atMs, step }: Input): Promise<Prepared> => {
    const normalised = await whatItSays(db, lead)
    const { version, policy } = await currentPolicy(db)
    // Asked before any lock is taken: a CRM may be far away.
    const belongs = matchAccount(normalised, await crm.findAccounts(accountKeys(normalised)))
    return transaction(db, async tx => {
      const key = `prepared-${step}`
      const stored = await lockLead(tx, lead)
      if (stored.outcome !== null) return { verdict: 'ended', outcome: stored.outcome }
      const account = accountOf(belongs)
      const facts = factsOf(policy, normalised, account)
      const known = (await timelineOf(tx, lead)).find(event => event.key === key)
      // By the version that it was prepared under: a source may have been switched on since.
      if (known?.kind === 'prepared') {
        const pinned = await policyOfVersion(tx, stored.policyVersion ?? version)
        return withAssignClock(tx, { lead, atMs, step }, pinned, preparedFrom(known.data, pinned, facts))
      }

      await lockKeys(tx, blockingKeys(normalised))
      const rollout = rolloutOf(policy, facts)
      const match = verdict(await candidatesFor(tx, stored, normalised), policy.duplicates)
      const survivor = match.kind === 'same' ? leadId.parse(match.candidateId) : null
      await saveNormalised(tx, lead, normalised, facts)
      await execute(
        tx,
        sql`update leads
            set account_id = ${account?.id ?? null}, policy_version = ${version},
                joining = ${rollout === 'on' ? survivor : null},
                enrichment = coalesce(enrichment, '{}'::jsonb) || ${JSON.stringify(evidenceOf(match, belongs))}::jsonb
            where id = ${lead}`,
      )
      const data = {
        verdict: rollout === 'off' ? ('stored' as const) : verdictOf(match, belongs, policy, facts),
        survivor,
        account: account?.id ?? null,
        score: match.kind === 'new' ? null : match.score,
        notes: normalised.notes.map(({ code }) => code),
      }
      await appendEvent(tx, { lead, atMs, actor: 'system', hop: 0, key, kind: 'prepared', data })
      await announceOutcome(tx, lead)
      return withAssignClock(tx, { lead, atMs, step }, policy, preparedFrom(data, policy, facts))
    })
  }
}

/** As it came in; of a lead that is prepared anew, with what it has taken in since. Its own workflow alone writes that. */
async function whatItSays(db: Db, lead: LeadId): Promise<NormalisedLead> {
  const { normalised } = await readLead(db, lead)
  if (normalised !== null) return normalised
  const { raw } = await row(
    db,
    z.object({ raw: leadBody }),
    sql`select raw from submissions where lead_id = ${lead}`,
  )
  return normalise(raw)
}

/**
 * Two submissions of one person at the same moment must not both find nothing: the second waits here for the first to
 * commit. Sorted keys, one statement each, so that two transactions take them in the same order. The locks last until
 * the commit; the match is a later statement, so that it sees what the lock waited for.
 */
async function lockKeys(tx: Tx, keys: readonly string[]): Promise<void> {
  for (const key of keys) await execute(tx, sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
}

/**
 * Open leads that share a blocking key with this one, those with the most telling key first: external id, email, phone,
 * then a company's domain and the company. So the limit cuts off the oldest colleagues alone: at a company with more
 * open leads than that a mere likeness may be missed, an exact key only where as many others have it too.
 */
async function candidatesFor(
  tx: Tx,
  { id: lead, apartFrom }: LeadRow,
  subject: NormalisedLead,
): Promise<ScoredCandidate[]> {
  const keys = matchKeys(subject)
  const found = await rows(
    tx,
    z.object({ id: leadId, normalised: normalisedLead }),
    sql`select id, normalised from leads
        where id <> ${lead} and status <> 'closed' and joining is null and blocking_keys && ${keys}
          -- A person has said that these two are not one.
          and not ${lead} = any (apart_from) and not id = any (${apartFrom}::uuid[])
        order by (select min(place) from unnest(${keys}::text[]) with ordinality as own (key, place)
                  where key = any (blocking_keys)),
                 received_at desc, id
        limit ${candidatesMost}`,
  )
  return found.map(({ id, normalised }) => ({ id, open: true, ...scoreMatch(subject, normalised) }))
}

const candidatesMost = 200

/** For whoever decides: which leads it could be, and which accounts claim it. Null writes over an earlier answer. */
function evidenceOf(match: Verdict, belongs: Belongs) {
  return {
    duplicates:
      match.kind === 'possible'
        ? { candidates: match.candidateIds, score: match.score, reasons: match.reasons }
        : null,
    accounts:
      belongs.kind === 'disputed' ? { reason: belongs.reason, claims: belongs.accounts.map(claimOf) } : null,
  }
}

function claimOf({ id, name, owner, tier, customer }: CrmAccount) {
  return { id, name, owner, tier, customer }
}

function accountOf(belongs: Belongs): RoutingFacts['account'] {
  if (belongs.kind !== 'account') return null
  const { id, tier, owner } = belongs.account
  return { id, tier, owner }
}

type Data = {
  verdict: 'new' | 'joins' | 'customer' | 'review' | 'stored'
  survivor: LeadId | null
  score: number | null
}

/** A source that nobody declared is taken in like one that is on: a person looks at it. */
function rolloutOf(policy: Policy, { source }: RoutingFacts): Source['rollout'] {
  return Object.hasOwn(policy.sources, source) ? (policy.sources[source]?.rollout ?? 'on') : 'on'
}

function verdictOf(
  match: Verdict,
  belongs: Belongs,
  policy: Policy,
  facts: RoutingFacts,
): Exclude<Data['verdict'], 'stored'> {
  if (match.kind === 'same') return 'joins'
  if (match.kind === 'possible') return 'review'
  if (belongs.kind === 'disputed') return asksForAccount(policy, facts) ? 'review' : 'new'
  return belongs.kind === 'account' ? 'customer' : 'new'
}

/** Exception rules come before accounts (R11), and who is disqualified gets no owner: then nobody need settle a claim. */
function asksForAccount(policy: Policy, facts: RoutingFacts): boolean {
  const { known, qualification } = profileOf(policy, facts)
  if (qualification === 'disqualified') return false
  const match = matchRules(policy, known)
  return !(match.kind === 'matched' && policy.rules.some(rule => rule.exception && rule.id === match.rule))
}

function preparedFrom({ verdict, survivor, score }: Data, policy: Policy, facts: RoutingFacts): Prepared {
  if (verdict === 'stored') return { verdict }
  // Whom it would have joined or who would have looked stands on the timeline; nobody hears of a lead in shadow.
  if (rolloutOf(policy, facts) === 'shadow')
    return { verdict: facts.account === null ? 'new' : 'customer', acknowledge: false }
  if (verdict === 'joins' && survivor !== null) return { verdict, survivor }
  if (verdict === 'review') return score === null ? accountsDisputed : { verdict }
  const acknowledge = profileOf(policy, facts).qualification !== 'disqualified'
  return { verdict: verdict === 'customer' ? 'customer' : 'new', acknowledge }
}

/** Of a lead that is to have an owner: one in shadow or disqualified has none, and is not thanked either. */
async function withAssignClock(tx: Tx, input: Input, policy: Policy, prepared: Prepared): Promise<Prepared> {
  if (prepared.verdict !== 'new' && prepared.verdict !== 'customer' && prepared.verdict !== 'review')
    return prepared
  if ('acknowledge' in prepared && !prepared.acknowledge) return prepared
  const assign = await startAssignClock(tx, input, policy)
  return assign === null ? prepared : { ...prepared, assign }
}

/** A review without points for a likeness is about the accounts that claim the lead, not about who the person is. */
const accountsDisputed = { verdict: 'review', disputed: true } as const
