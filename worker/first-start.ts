/** What an empty database gets, so that the first lead has an owner a minute after the first start. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { mintKey, role } from '../db/access.js'
import { loadPeople, rosterAt } from '../db/people.js'
import { draftOf } from '../db/drafted-policy.js'
import { holidayYearsAround } from '../db/holiday-years.js'
import { publishDraft, saveDraft, signOff } from '../db/policy-drafts.js'
import { publishedPolicy } from '../db/published-policy.js'
import { execute, type Pool, row, rows, sql } from '../db/sql.js'
import type { EpochMs } from '../domain/ids.js'
import { companyKey } from '../domain/identity/company.js'
import { lintPolicy } from '../domain/lint/lint.js'
import { parsePeople } from '../domain/people-document.js'
import { CannotStart } from './cannot-start.js'

/** A key per role that has one. */
export const keys = z.partialRecord(role, z.string())
export type Keys = z.infer<typeof keys>

const by = 'first-start'

/** As whom the sample company's manager and rep keys, and their sign-in links, act. */
export const samplePeople = { manager: 'maria', rep: 'ana' } as const

/**
 * Publishes the sample company's policy and people where neither a policy nor people of one's own are loaded.
 * @returns whether it did
 */
export async function loadSample(db: Pool, now: EpochMs): Promise<boolean> {
  if ((await publishedPolicy(db)) !== null || (await hasPeopleOfItsOwn(db, now))) return false
  const [people, policy] = await Promise.all([readSample('acme-people.yaml'), readSample('acme.yaml')])
  const loads = [await loadPeople(db, { ...people, by, atMs: now }), await publishSample(db, policy, now)]
  const bad = loads.flatMap(loaded => (loaded.ok ? [] : loaded.errors))
  if (bad.length > 0) {
    throw new CannotStart(
      `The sample company cannot be loaded: ${bad.map(({ message }) => message).join('; ')}`,
    )
  }
  await insertSampleAccounts(db)
  return true
}

/** The sample's people alone are what a first start that was broken off leaves: it goes on. */
async function hasPeopleOfItsOwn(db: Pool, now: EpochMs): Promise<boolean> {
  const known = await rows(db, z.object({ id: z.string() }), sql`select distinct id from people`)
  if (known.length === 0) return false
  const { document, fileName } = await readSample('acme-people.yaml')
  const sample = parsePeople(document, fileName, { holidayYears: holidayYearsAround(now) })
  const ofSample = new Set<string>(sample.ok ? sample.people.people.map(({ id }) => id) : [])
  return known.length !== ofSample.size || known.some(({ id }) => !ofSample.has(id))
}

const reason = 'the sample company'

/** As anybody publishes: the people of the company, who are invented too, sign off where its policy asks for it. */
async function publishSample(db: Pool, sample: { document: string; fileName: string }, now: EpochMs) {
  const saved = await saveDraft(db, { ...sample, by, atMs: now }, lintPolicy)
  if (!saved.ok) return saved
  const draft = { draft: saved.id, revision: null, atMs: now }
  const signOffs = (await draftOf(db, saved.id, now))?.signOffs ?? []
  for (const { role, mayGive } of signOffs) {
    const [person] = mayGive
    if (person !== undefined) await signOff(db, { ...draft, role, person, note: reason })
  }
  return publishDraft(db, { ...draft, by, reason }, lintPolicy)
}

async function readSample(fileName: string): Promise<{ document: string; fileName: string }> {
  return { document: await readFile(new URL(`../policies/${fileName}`, import.meta.url), 'utf8'), fileName }
}

/** Invented customers in the built-in CRM, so that "existing customer goes to the account's owner" can be tried. */
const sampleAccounts = [
  {
    id: 'acc-northwind',
    name: 'Northwind Freight',
    domain: 'northwind.example',
    country: 'GB',
    tier: 'gold',
    owner: 'dora',
  },
  {
    id: 'acc-kranich',
    name: 'Kranich Optik GmbH',
    domain: 'kranich.example',
    country: 'DE',
    tier: 'silver',
    owner: 'georg',
  },
  {
    id: 'acc-bayside',
    name: 'Bayside Robotics Inc',
    domain: 'bayside.example',
    country: 'US',
    tier: null,
    owner: 'jack',
  },
] as const

async function insertSampleAccounts(db: Pool): Promise<void> {
  for (const { id, name, domain, country, tier, owner } of sampleAccounts) {
    await execute(
      db,
      sql`insert into crm_accounts (id, name, domain, company_key, country, tier, customer, owner)
          values (${id}, ${name}, ${domain}, ${companyKey(name)}, ${country}, ${tier}, true, ${owner})
          on conflict (id) do nothing`,
    )
    await execute(
      db,
      sql`insert into crm_contacts (id, account_id, name, email_key)
          values (${`${id}-buyer`}, ${id}, 'Sample Buyer', ${`buyer@${domain}`}) on conflict (id) do nothing`,
    )
  }
}

export async function hasKeys(db: Pool): Promise<boolean> {
  const { found } = await row(
    db,
    z.object({ found: z.boolean() }),
    sql`select exists (select from api_keys where revoked_at is null) as found`,
  )
  return found
}

/** One key for each role; those of a manager and a rep act as the sample company's people, where these exist. */
export async function mintKeys(db: Pool, now: EpochMs): Promise<Keys> {
  const roster = await rosterAt(db, now)
  const known = (id: string) => roster.people.some(person => person.id === id)
  const minted: Keys = {}
  for (const name of role.options) {
    const person = name === 'manager' || name === 'rep' ? samplePeople[name] : null
    const rep = person !== null && known(person) ? person : null
    if (name === 'rep' && rep === null) continue
    minted[name] = await mintKey(db, { name, role: name, rep })
  }
  return minted
}
