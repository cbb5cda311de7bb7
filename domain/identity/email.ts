/** What could be made of an address as a person typed it. */
export type EmailReading =
  | { kind: 'ok'; key: string; host: string }
  /** Nothing that could be a domain: `ana`, `ana@`, `ana@acme`. */
  | { kind: 'missingDomain' }
  | { kind: 'invalid' }

/**
 * Reads an address. `key` is for matching alone: two addresses share a key only where the provider delivers both to
 * one mailbox. `host` is the domain in lower-case ASCII (IDNA). Sending uses the address as typed.
 *
 * A false merge is worse than a missed one (it hands one person's lead to another's record), so a rule that shortens
 * the local part applies to listed providers only: at any other domain `ana+news@` may be somebody else's mailbox, and
 * dots are significant. Unknown top-level domains pass, since a new one must not turn a lead's address invalid.
 */
export function readEmail(typed: string): EmailReading {
  const address = typed.trim().normalize('NFKC')
  const at = address.lastIndexOf('@')
  if (at < 0) return { kind: /\s/.test(address) ? 'invalid' : 'missingDomain' }
  const host = asciiHost(address.slice(at + 1))
  if (host === '' || (host !== null && !host.includes('.'))) return { kind: 'missingDomain' }
  if (host === null || !hostName.test(host) || host.length > mostHostCharacters) return { kind: 'invalid' }
  const typedLocal = address.slice(0, at)
  if (!localPart.test(typedLocal)) return { kind: 'invalid' }
  const local = typedLocal.toLowerCase().normalize('NFKC')
  return { kind: 'ok', key: mailboxKey(local, host), host }
}

/** The key of an address, or `null` when it cannot be one. */
export function emailKey(typed: string): string | null {
  const reading = readEmail(typed)
  return reading.kind === 'ok' ? reading.key : null
}

/** True for an address that several people of a company read, such as `info@` or `sales@`; takes a key. */
export function isSharedMailbox(key: string): boolean {
  return sharedMailboxes.has(key.slice(0, key.lastIndexOf('@')))
}

function mailboxKey(local: string, host: string): string {
  if (googleHosts.has(host)) return `${withoutDots(withoutTag(local))}@gmail.com`
  if (taggedHosts.has(host)) return `${withoutTag(local)}@${host}`
  return `${local}@${host}`
}

// A local part that is nothing but a tag or dots stays as it is: an empty one would make strangers equal.
function withoutTag(local: string): string {
  const plus = local.indexOf('+')
  return plus > 0 ? local.slice(0, plus) : local
}

function withoutDots(local: string): string {
  return local.replaceAll('.', '') || local
}

function asciiHost(text: string): string | null {
  const host = text.replace(/\.$/, '').toLowerCase()
  if (/^[\x20-\x7e]*$/.test(host)) return host
  const url = `http://${host}/`
  return URL.canParse(url) ? new URL(url).hostname : null
}

const mostHostCharacters = 253 // RFC 1035, 2.3.4
// RFC 5321 allows quoted local parts too; nobody types one into a form, and a stray quote is a mistake. Doubled and
// final dots pass: Japanese carriers handed out such addresses.
const localPart = /^[\p{L}\p{N}\p{M}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u
const hostName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

// Google's help ("Dots don't matter in Gmail addresses"): dots and what follows a plus are ignored, both hosts are one.
const googleHosts = new Set(['gmail.com', 'googlemail.com'])

// Plus-tags reach the mailbox before the plus. Fastmail and Proton document it; Outlook.com has done it since 2013 and
// iCloud is listed by every survey. Each host stays a mailbox of its own: Apple's me.com and icloud.com are not joined.
// Yahoo is absent on purpose: its tags use a hyphen, which is also an ordinary letter of an address there.
const taggedHosts = new Set([
  ...['outlook.com', 'outlook.de', 'outlook.es', 'outlook.fr', 'outlook.it'],
  ...['hotmail.com', 'hotmail.co.uk', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it'],
  ...['live.com', 'live.co.uk', 'live.fr', 'live.nl', 'msn.com'],
  ...['fastmail.com', 'fastmail.fm'],
  ...['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
  ...['icloud.com', 'me.com', 'mac.com'],
])

const sharedMailboxes = new Set([
  ...[
    'info',
    'office',
    'contact',
    'contacts',
    'hello',
    'hi',
    'mail',
    'email',
    'post',
    'team',
    'reception',
    'admin',
  ],
  ...[
    'sales',
    'support',
    'service',
    'services',
    'help',
    'helpdesk',
    'enquiries',
    'enquiry',
    'inquiries',
    'inquiry',
  ],
  ...[
    'marketing',
    'accounts',
    'accounting',
    'billing',
    'finance',
    'hr',
    'jobs',
    'it',
    'purchasing',
    'procurement',
  ],
  ...[
    'orders',
    'booking',
    'bookings',
    'reservations',
    'customerservice',
    'customer.service',
    'webmaster',
    'postmaster',
  ],
  ...[
    'kontakt',
    'buero',
    'vertrieb',
    'verkauf',
    'einkauf',
    'buchhaltung',
    'service-center',
    'accueil',
    'commercial',
  ],
  ...[
    'contacto',
    'ventas',
    'compras',
    'contato',
    'vendas',
    'geral',
    'segreteria',
    'commerciale',
    'biuro',
    'myynti',
  ],
])
