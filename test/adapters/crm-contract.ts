/** What every CRM behind the port must do, whoever wrote it. */
import { expect, it } from 'vitest'
import type { Crm, CrmAccount } from '../../adapters/crm/port.js'
import { instant, type LeadId, repId } from '../../domain/ids.js'
import type { LeadBody } from '../../domain/lead.js'
import { accountKeys, matchAccount } from '../../domain/match.js'
import { normalise } from '../../domain/identity/normalise.js'

export type CrmUnderTest = {
  crm: Crm
  /** Puts an account into the CRM, and a contact of it where an address is given. */
  add(account: CrmAccount, contactEmailKey?: string): Promise<void>
  /** A lead that the CRM may have a record of. */
  lead(): Promise<LeadId>
}

const account = (id: string, more: Partial<CrmAccount> = {}): CrmAccount => ({
  ...{ id, name: `Account ${id}`, domain: null, companyKey: null, country: null },
  ...{ tier: null, customer: true, owner: 'ben', ...more },
})

const keys = (body: Partial<LeadBody>) => accountKeys(normalise({ source: 'form', ...body }))

export function behavesAsCrm(current: () => CrmUnderTest): void {
  const idsFor = async (body: Partial<LeadBody>) =>
    (await current().crm.findAccounts(keys(body))).map(({ id }) => id)

  it.each<[string, string, Partial<LeadBody>]>([
    ['the domain of the address', 'mail.example', { email: 'ana@eu.mail.example' }],
    ['the domain of the website', 'web.example', { email: 'ana@gmail.com', website: 'www.web.example' }],
    ['a domain written as a host', 'WWW.Host.example', { email: 'ana@host.example' }],
    [
      'a domain written as a web address',
      ' https://uk.page.example:443/about?x=1',
      { website: 'page.example' },
    ],
    ['a domain below a suffix of two parts', 'shop.two.co.uk', { email: 'ana@two.co.uk' }],
  ])('finds the account by %s', async (_how, domain, body) => {
    const { add, crm } = current()
    const id = crypto.randomUUID()
    await add(account(id, { domain }))
    const found = await crm.findAccounts(keys(body))
    expect(found).toEqual([account(id, { domain })])
    expect(matchAccount(normalise({ source: 'form', ...body }), found)).toMatchObject({ account: { id } })
  })

  it('finds the account by company key in the same country', async () => {
    const { add } = current()
    await add(account('here', { companyKey: 'acme', country: 'GB' }))
    await add(account('there', { companyKey: 'acme', country: 'FR' }))
    expect(await idsFor({ company: 'ACME Ltd', country: 'GB' })).toContain('here')
    expect(await idsFor({ company: 'ACME Ltd', country: 'DE' })).not.toContain('here')
  })

  it('finds the account of a known contact', async () => {
    await current().add(account('of-contact', { domain: 'elsewhere.example' }), 'known@gmail.com')
    expect(await idsFor({ email: 'known@gmail.com' })).toEqual(['of-contact'])
  })

  it('finds nothing by a provider, a shared host, a name that only ends alike, or nothing at all', async () => {
    const { add } = current()
    await add(account('provider', { domain: 'gmail.com' }))
    await add(account('shared', { domain: 'linkedin.com' }))
    await add(account('longer', { domain: 'not-ends.example' }))
    expect(await idsFor({ email: 'ana@gmail.com', website: 'linkedin.com/in/ana' })).toEqual([])
    expect(await idsFor({ email: 'ana@ends.example' })).toEqual([])
    expect(await idsFor({})).toEqual([])
  })

  it('gives the account that counts even where a company has more than can be given', async () => {
    const { add } = current()
    for (let n = 0; n < 60; n += 1) {
      await add(account(`many-${n}`, { domain: 'many.example', country: 'US', customer: false }))
    }
    await add(account('z-customer', { domain: 'many.example', country: 'GB' }))
    const body = { email: 'ana@many.example', country: 'GB' }
    expect((await idsFor(body))[0]).toBe('z-customer')
  })

  it('reads back what it saved, and never lets an earlier hop undo a later one', async () => {
    const { crm, lead: aLead } = current()
    const lead = await aLead()
    expect(await crm.readLead(lead)).toBeNull()
    const first = {
      lead,
      hop: 1,
      owner: repId.parse('ana'),
      status: 'assigned',
      fields: { company: 'Acme', employees: 5, consent: true, product: null },
      ownerSetAtMs: instant(Date.UTC(2026, 10, 23, 9)),
    }
    await crm.saveLead(first)
    await crm.saveLead(first)
    expect(await crm.readLead(lead)).toEqual(first)
    await crm.saveLead({ ...first, hop: 0, owner: repId.parse('ben') })
    expect(await crm.readLead(lead)).toEqual(first)
    const later = { ...first, hop: 2, owner: null, status: 'closed', ownerSetAtMs: null }
    await crm.saveLead(later)
    expect(await crm.readLead(lead)).toEqual(later)
  })
}
