/** What a person needs next, said at each start and by `leadline doctor`: every line can be copied. */
import { randomBytes } from 'node:crypto'
import { signInLink } from '../db/access.js'
import type { Pool } from '../db/sql.js'
import type { EpochMs } from '../domain/ids.js'
import { type Keys, samplePeople } from '../worker/first-start.js'

export type Announced = {
  url: string
  keys: Keys
  /** Where the keys are kept; null where they are shown this once. */
  keysFile: string | null
  uiUrl: string | null
  mailIsCaught: boolean
}

export async function announcement(about: Announced, db: Pool, now: EpochMs): Promise<string[]> {
  const links = await signInLinks(about, db, now)
  return [
    '',
    'Send a lead, and see who gets it:',
    `  ${curlOf(about.url, about.keys.intake)}`,
    '',
    `  desk          ${about.url}/desk`,
    `  API           ${about.url}/docs`,
    ...(about.mailIsCaught ? [`  mail          ${about.url}/mail`] : []),
    ...(about.uiUrl === null ? [] : [`  Temporal UI   ${about.uiUrl}`]),
    '',
    'Sign in to the desk (each link works once):',
    ...links,
    ...keyLines(about),
    '',
  ]
}

/**
 * A lead that the sample company can assign, from somebody new each time: a second try must not be found to be the
 * first one again.
 */
function curlOf(url: string, key: string | undefined): string {
  const name = randomBytes(4).toString('hex')
  const lead = {
    source: 'contact-form',
    firstName: 'Grace',
    lastName: `Tester ${name}`,
    email: `grace@${name}.example`,
    company: `Firm ${name}`,
    employees: 120,
    country: 'GB',
    postcode: 'EH1 1YZ',
  }
  // Between double quotes the shell puts the key in; the one that is known has nothing that it would change.
  const headers = `-H "Authorization: Bearer ${key ?? '$LEADLINE_KEY'}" -H 'Content-Type: application/json'`
  return `curl -sS '${url}/v1/leads?wait=10' ${headers} -d '${JSON.stringify(lead)}'`
}

async function signInLinks(
  { url, keys, mailIsCaught }: Announced,
  db: Pool,
  now: EpochMs,
): Promise<string[]> {
  const lines: string[] = []
  // Keys are printed for those who exist; so are the links.
  if (keys.rep !== undefined) {
    const manager = await signInLink(db, { role: 'manager', rep: samplePeople.manager }, url, now)
    const rep = await signInLink(db, { role: 'rep', rep: samplePeople.rep }, url, now)
    lines.push(
      `  manager ${samplePeople.manager.padEnd(5)} ${manager}`,
      `  rep ${samplePeople.rep.padEnd(9)} ${rep}`,
    )
  }
  const operations = await signInLink(db, { role: 'operations', rep: null }, url, now)
  lines.push(`  operations    ${operations}${mailIsCaught ? ' (may read the mail)' : ''}`)
  return lines
}

function keyLines({ keys, keysFile }: Announced): string[] {
  const minted = Object.entries(keys)
  if (minted.length === 0) return []
  const where = keysFile === null ? 'shown this once; keep them' : `also in ${keysFile}`
  return ['', `Keys (${where}):`, ...minted.map(([name, key]) => `  ${name.padEnd(13)} ${key}`)]
}
