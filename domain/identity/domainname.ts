import { disposableEmailBlocklistSet } from 'disposable-email-domains-js'
import freeMailDomains from 'email-providers'
import { parse } from 'tldts'

/** Whose a mail domain is: a company's, anybody's (gmail.com), or thrown away after use. */
export type DomainKind = 'business' | 'free' | 'disposable'

export type DomainName = {
  /** The name that somebody registered: `acme.co.uk`; below a private suffix the tenant's: `user.github.io`. */
  registrable: string
  /** The same with the suffixes of the registries alone: `github.io`. */
  registrableIcannOnly: string
  /** The public suffix, private ones included: `co.uk`, `github.io`. */
  suffix: string
}

/**
 * The lists behind domain and mail-domain answers, so that a simulation can say what it was run with: package and
 * exact version as pinned in the lock file, and the day on which our own corrections below were last looked at.
 */
export const domainLists = {
  publicSuffixes: 'tldts 7.5.4',
  freeMail: 'email-providers 2.26.0',
  disposable: 'disposable-email-domains-js 1.26.0',
  correctionsDate: '2026-11-23',
} as const

/** Reads a host name or a web address; `null` for an IP address, a bare word and what is no host at all. */
export function readDomain(hostOrUrl: string): DomainName | null {
  const text = hostOrUrl.trim()
  const all = parse(text, { allowPrivateDomains: true })
  const icann = parse(text)
  if (all.isIp || icann.domain === null || icann.publicSuffix === null) return null
  // A private suffix by itself (`github.io`) has no tenant; then it is its owner's own domain.
  if (all.domain === null || all.publicSuffix === null) {
    return { registrable: icann.domain, registrableIcannOnly: icann.domain, suffix: icann.publicSuffix }
  }
  return { registrable: all.domain, registrableIcannOnly: icann.domain, suffix: all.publicSuffix }
}

/** The domain that groups a company's hosts and addresses: `acme.co.uk` for `mail.eu.acme.co.uk`. */
export function registrableDomain(hostOrUrl: string): string | null {
  return readDomain(hostOrUrl)?.registrable ?? null
}

/**
 * The kind of a mail host. Calling a free-mail domain a business would make strangers colleagues; calling a company's
 * domain disposable may disqualify a buyer: so our corrections win over both lists, and "disposable" over "free".
 */
export function mailDomainKind(host: string): DomainKind {
  const names = [host, registrableDomain(host) ?? host]
  if (names.some(name => ownDomains.has(name))) return 'business'
  if (names.some(name => freeBesides.has(name))) return 'free'
  if (names.some(name => disposable.has(name))) return 'disposable'
  return names.some(name => free.has(name)) ? 'free' : 'business'
}

/**
 * The company's domain behind a website, or `null` when the page lies on a host that anybody may use: a profile on
 * linkedin.com says nothing about LinkedIn.
 */
export function websiteDomain(website: string): string | null {
  const domain = registrableDomain(website)
  if (domain === null || sharedHosts.has(domain)) return null
  return mailDomainKind(domain) === 'business' ? domain : null
}

const free: ReadonlySet<string> = new Set(freeMailDomains)
const disposable: ReadonlySet<string> = disposableEmailBlocklistSet()

// Read off the free list: organisations whose staff write from these domains, and IANA's example names.
const ownDomains = new Set([
  ...[
    'alibaba.com',
    'ancestry.com',
    'aver.com',
    'clerk.com',
    'discovery.com',
    'dnsmadeeasy.com',
    'easypost.com',
  ],
  ...['mail.bcu.ac.uk', 'medscape.com', 'name.com', 'nus.edu.sg', 'oath.com', 'parrot.com', 'singpost.com'],
  ...['space.com', 'swissinfo.org', 'telstra.com', 'unican.es', 'example.com', 'example.net', 'example.org'],
])

// Missing from the free list, or (21cn, sify) wrongly on the disposable one. Relays hide one person each: free.
const freeBesides = new Set([
  ...[
    '21cn.com',
    'sify.com',
    '139.com',
    '189.cn',
    'sohu.com',
    'vip.163.com',
    'kakao.com',
    'nifty.com',
    'ocn.ne.jp',
  ],
  ...['fastmail.com', 'fastmail.co.uk', 'tuta.com', 'tuta.io', 'tutanota.com', 'tutanota.de', 'tutamail.com'],
  ...[
    'posteo.de',
    'posteo.net',
    'riseup.net',
    'disroot.org',
    'startmail.com',
    'proton.ch',
    'keemail.me',
    'mail.de',
  ],
  ...['zohomail.com', 'zohomail.eu', 'zohomail.in', 'internet.ru', 'biglobe.ne.jp', 'icloud.com.cn'],
  ...[
    'gmx.ch',
    'hispeed.ch',
    'sunrise.ch',
    'a1.net',
    'bbox.fr',
    'numericable.fr',
    'fastwebnet.it',
    'ono.com',
  ],
  ...['orange.es', 'telefonica.net', 'iol.pt', 'clix.pt', 'ziggo.nl', 'xs4all.nl', 'upcmail.nl', 'live.se'],
  ...[
    'telia.com',
    'tele2.se',
    'comhem.se',
    'bredband.net',
    'online.no',
    'mail.dk',
    'elisanet.fi',
    'kolumbus.fi',
  ],
  ...['op.pl', 'vp.pl', 'tlen.pl', 'azet.sk', 'citromail.hu', 'net.hr', 'dir.bg', 'otenet.gr', 'mynet.com'],
  ...['plusnet.com', 'mweb.co.za', 'telkomsa.net', 'bezeqint.net', 'hotmail.com.tr', 'yandex.kz'],
  ...[
    'duck.com',
    'mozmail.com',
    'simplelogin.com',
    'passmail.net',
    'passinbox.com',
    'aleeas.com',
    'slmail.me',
  ],
])

const sharedHosts = new Set([
  ...[
    'linkedin.com',
    'instagram.com',
    'facebook.com',
    'x.com',
    'twitter.com',
    'youtube.com',
    'tiktok.com',
    'xing.com',
  ],
  ...[
    'linktr.ee',
    'google.com',
    'goo.gl',
    'bit.ly',
    'apple.com',
    'etsy.com',
    'ebay.com',
    'amazon.com',
    'medium.com',
  ],
  ...['wordpress.com', 'blogspot.com', 'wixsite.com', 'weebly.com', 'notion.site', 'github.com', 'yelp.com'],
])
