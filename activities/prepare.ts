import { z } from 'zod'
import { appendEvent, timelineOf } from '../db/events.js'
import { announceOutcome, lockLead } from '../db/lead.js'
import { currentPolicy, policyOfVersion } from '../db/policies.js'
import { execute, row, rows, sql, transaction, type Tx } from '../db/sql.js'
import { factsOf } from '../domain/facts.js'
import { normalise } from '../domain/identity/normalise.js'
import { type EpochMs, type LeadId, leadId } from '../domain/ids.js'
import { leadBody, type NormalisedLead, normalisedLead, type RoutingFacts } from '../domain/lead.js'
import type { Prepared } from '../domain/life/state.js'
import {
  blockingKeys,
  type MatchSubject,
  matchAccount,
  scoreMatch,
  type Verdict,
  verdict,
} from '../domain/match.js'
import type { Policy, Source } from '../domain/policy.js'
import { profileOf } from '../domain/score.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; atMs: EpochMs; step: number }

/** Normalises the submission, finds out whether we know the person, and pins the policy version. One transaction. */
export function prepare({ db, crm }: ActivityDeps) {
  return async ({ lead, atMs, step }: Input): Promise<Prepared> => {
    const submission = await row(
      db,
      z.object({ raw: leadBody }),
      sql`select raw from submissions where lead_id = ${lead}`,
    )
    const normalised = normalise(submission.raw)
    const { version, policy } = await currentPolicy(db)
    // Asked before any lock is taken: a CRM may be far away.
    const account = accountOf(normalised, await crm.findAccounts(normalised))
    return transaction(db, async tx => {
      const key = `prepared-${step}`
      const stored = await lockLead(tx, lead)
      if (stored.outcome !== null) return { verdict: 'ended', outcome: stored.outcome }
      const facts = factsOf(policy, normalised, account)
      const known = (await timelineOf(tx, lead)).find(event => event.key === key)
      // By the version that it was prepared under: a source may have been switched on since.
      if (known?.kind === 'prepared')
        return preparedFrom(known.data, await policyOfVersion(tx, stored.policyVersion ?? version), facts)

      await lockKeys(tx, blockingKeys(normalised))
      const rollout = rolloutOf(policy, facts)
      const match = verdict(await candidatesFor(tx, lead, normalised), policy.duplicates)
      const survivor = match.kind === 'same' ? leadId.parse(match.candidateId) : null
      await execute(
        tx,
        sql`update leads
            set normalised = ${JSON.stringify(normalised)}, facts = ${JSON.stringify(facts)},
                email_key = ${normalised.emailKey}, phone_e164 = ${normalised.phoneE164}, domain = ${normalised.domain},
                company_key = ${normalised.companyKey}, country = ${normalised.country},
                account_id = ${account?.id ?? null}, policy_version = ${version},
                joining = ${rollout === 'on' ? survivor : null}
            where id = ${lead}`,
      )
      const data = {
        verdict: rollout === 'off' ? 'stored' : verdictOf(match, account),
        survivor,
        account: account?.id ?? null,
        score: match.kind === 'new' ? null : match.score,
        notes: normalised.notes.map(({ code }) => code),
      }
      await appendEvent(tx, { lead, atMs, actor: 'system', hop: 0, key, kind: 'prepared', data })
      if (match.kind === 'possible') await keepCandidates(tx, lead, match)
      await announceOutcome(tx, lead)
      return preparedFrom(data, policy, facts)
    })
  }
}

/**
 * Two submissions of one person at the same moment must not both find nothing: the second waits here for the first to
 * commit. Sorted keys, one statement each, so that two transactions take them in the same order. The locks last until
 * the commit; the match is a later statement, so that it sees what the lock waited for.
 */
async function lockKeys(tx: Tx, keys: readonly string[]): Promise<void> {
  for (const key of keys) await execute(tx, sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
}

async function candidatesFor(tx: Tx, lead: LeadId, subject: NormalisedLead) {
  const domain = subject.domainKind === 'business' ? subject.domain : null
  const found = await rows(
    tx,
    z.object({ id: leadId, normalised: normalisedLead }),
    sql`select id, normalised from leads
        where id <> ${lead} and status <> 'closed' and joining is null and normalised is not null
          and (email_key = ${subject.emailKey} or phone_e164 = ${subject.phoneE164} or domain = ${domain}
               or (country is not distinct from ${subject.country} and company_key = ${subject.companyKey})
               or (source = ${subject.source} and normalised->>'externalId' = ${subject.externalId}))
        order by received_at, id limit 200`,
  )
  const incoming: MatchSubject = subject
  return found.map(candidate => ({
    id: candidate.id,
    open: true,
    ...scoreMatch(incoming, candidate.normalised),
  }))
}

/** The evidence for whoever decides: which leads it could be. */
async function keepCandidates(
  tx: Tx,
  lead: LeadId,
  match: Extract<Verdict, { kind: 'possible' }>,
): Promise<void> {
  const evidence = { candidates: match.candidateIds, score: match.score, reasons: match.reasons }
  await execute(
    tx,
    sql`update leads set enrichment = ${JSON.stringify({ duplicates: evidence })} where id = ${lead}`,
  )
}

type Accounts = Parameters<typeof matchAccount>[1]

function accountOf(lead: NormalisedLead, accounts: Accounts): RoutingFacts['account'] {
  const match = matchAccount(lead, accounts)
  if (match.kind !== 'account') return null
  const { id, tier, owner } = match.account
  return { id, tier, owner }
}

function verdictOf(
  match: Verdict,
  account: RoutingFacts['account'],
): 'new' | 'joins' | 'customer' | 'review' {
  if (match.kind === 'same') return 'joins'
  if (match.kind === 'possible') return 'review'
  return account === null ? 'new' : 'customer'
}

/** A source that nobody declared is taken in like one that is on: a person looks at it. */
function rolloutOf(policy: Policy, { source }: RoutingFacts): Source['rollout'] {
  return Object.hasOwn(policy.sources, source) ? (policy.sources[source]?.rollout ?? 'on') : 'on'
}

function preparedFrom(
  {
    verdict,
    survivor,
  }: { verdict: 'new' | 'joins' | 'customer' | 'review' | 'stored'; survivor: LeadId | null },
  policy: Policy,
  facts: RoutingFacts,
): Prepared {
  if (verdict === 'stored') return { verdict }
  // Whom it would have joined or who would have looked stands on the timeline; nobody hears of a lead in shadow.
  if (rolloutOf(policy, facts) === 'shadow')
    return { verdict: facts.account === null ? 'new' : 'customer', acknowledge: false }
  if (verdict === 'joins' && survivor !== null) return { verdict, survivor }
  if (verdict === 'review') return { verdict }
  const acknowledge = profileOf(policy, facts).qualification !== 'disqualified'
  return { verdict: verdict === 'customer' ? 'customer' : 'new', acknowledge }
}
