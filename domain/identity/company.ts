import { fold } from './fold.js'

/**
 * A company's name for the eye: as typed, but for its legal form and doubled blanks (`Hello World` for
 * `Hello   World ltd.`). A name that is nothing but a legal form stays whole.
 */
export function companyName(typed: string): string {
  const whole = withoutCjkForm(withoutQuotedPrefix(typed.replace(/\s+/gu, ' ').trim()))
  const key = companyKey(whole)
  for (const cut of whole.matchAll(chunkStart)) {
    const name = whole.slice(0, cut.index)
    const tidyName = name.replace(trailingMarks, '')
    if (companyWords(name).join(' ') === key && companyKey(tidyName) === key) return tidyName
  }
  return whole
}

/**
 * The key by which two spellings of one company are equal: lower case, without accents, punctuation and legal form;
 * `null` when the name holds no letter or digit. The key of a key is the key.
 */
export function companyKey(typed: string): string | null {
  let key = ''
  // A form may stand before another kind of form: until nothing more comes off, which ends since each round takes some.
  for (let text = withoutQuotedPrefix(typed); ; text = key) {
    key = withoutLegalForm(companyWords(withoutCjkForm(text))).join(' ')
    if (key === text || key === '') return key || null
  }
}

/** A first guess at the name behind a registrable domain: `North Wind` for `north-wind.com`. */
export function companyOfDomain(domain: string): string {
  const [label = domain] = domain.split('.')
  return label
    .split('-')
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ')
}

function withoutLegalForm(all: readonly string[]): readonly string[] {
  let words = legalPrefixes.has(all[0] ?? '') && all.length > 1 ? all.slice(1) : all
  for (let length = legalSuffixLength(words); length > 0; length = legalSuffixLength(words)) {
    words = words.slice(0, -length)
    // What is left of `Smith & Co`.
    if (words.length > 1 && words.at(-1) === 'and') words = words.slice(0, -1)
  }
  return words
}

/** How many words at the end are a legal form: the longest that fits and leaves a name, else 0. */
function legalSuffixLength(words: readonly string[]): number {
  for (let length = Math.min(mostFormWords, words.length - 1); length > 0; length--) {
    const rest = words.slice(0, -length)
    if (legalForms.has(words.slice(-length).join(' ')) && rest.join(' ') !== 'the') return length
  }
  return 0
}

// Dots join (`S.A.` is one word) unless a word follows (`Co.KG`, `acme.com`); `A/S` is one word, `this/that` two.
function companyWords(text: string): string[] {
  const joined = fold(text)
    .replace(/\.(?=[\p{L}\p{N}]{2})/gu, ' ')
    .replace(/\b([a-z])\/([a-z])\b/g, '$1$2')
    .replace(/[.'’`´]/g, '')
    .replace(/[&＆]/g, ' and ')
  return joined.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
}

// `UAB "Acme"`, `ООО «Ромашка»`: only before a quoted name, since `UAB Medicine` is a hospital in Alabama.
function withoutQuotedPrefix(text: string): string {
  const quoted = quotedPrefix.exec(text)?.[1] ?? ''
  return nameCharacter.test(quoted) ? quoted : text
}

function withoutCjkForm(text: string): string {
  const rest = text.trim().replace(cjkPrefix, '').replace(cjkSuffix, '').trim()
  return nameCharacter.test(rest) ? rest : text
}

const nameCharacter = /[\p{L}\p{N}]/u
const chunkStart = /(?<=[\s,;])[^\s,;]|$/gu
const trailingMarks = /[\s,;&(/-]+$/u
const quotedPrefix = /^\s*[\p{L}.]{2,5}\s*["«„“”']([^"«»„“”']+)["»“”']\s*$/u
const cjkForms = [
  ...[
    '株式会社',
    '有限会社',
    '合同会社',
    '合資会社',
    '一般社団法人',
    '(株)',
    '（株）',
    '㈱',
    '(有)',
    '（有）',
  ],
  ...[
    '有限责任公司',
    '股份有限公司',
    '有限公司',
    '有限責任公司',
    '股份公司',
    '주식회사',
    '유한회사',
    '(주)',
    '（주）',
    '㈜',
  ],
].map(form => form.replace(/[()]/g, '\\$&'))
const cjkPrefix = new RegExp(`^(?:(?:${cjkForms.join('|')})\\s*)+`, 'u')
const cjkSuffix = new RegExp(`(?:\\s*(?:${cjkForms.join('|')}))+$`, 'u')

/** Cyrillic forms stand before the name; no Latin one is here, since each is also the beginning of some name. */
const legalPrefixes = new Set(['ооо', 'оао', 'зао', 'пао', 'ао', 'ип', 'тов', 'тоо', 'прат', 'фоп'].map(fold))

// Legal forms as folded words, after the kinds that ISO 20275 codes. Left out where the short form is more often part
// of a name than a form: AD, PA, ME, CA, BT, HB, EV, KY, SF. A form missed costs a match; a word wrongly dropped makes one.
const legalForms = new Set(
  [
    // English-speaking
    'ltd, limited, plc, public limited company, llp, lp, cic, clg, dac, uc, limited liability company',
    'llc, l l c, pllc, pc, inc, incorporated, corp, corporation, co, company, co ltd, company limited, ulc, ltee, limitee',
    'pty, pty ltd, pty limited, proprietary limited, pvt, pvt ltd, private limited, pte, pte ltd, npc, cc',
    'limited partnership, limited company, company inc, gmbh and co',
    // German
    'gmbh, g m b h, ggmbh, mbh, ag, kg, ohg, gbr, ug, ug haftungsbeschrankt, ek, e k, e kfm, e v, eg, e g, kgaa, se',
    'gmbh and co kg, gmbh and co kgaa, gmbh and co ohg, ag and co kg, ag and co kgaa, se and co kg, se and co kgaa',
    'ug and co kg, ug haftungsbeschrankt and co kg, kg aa, gesmbh, ges m b h, og, partg, partg mbb, aktiengesellschaft',
    // Romance
    'sa, s a, sas, s a s, sasu, sarl, s a r l, sa rl, s arl, eurl, sci, snc, s n c, scs, sca, scop, selarl, scp, gie',
    'srl, s r l, srls, spa, s p a, sapa, societa per azioni, scarl, soc coop, societe anonyme',
    'sl, s l, slu, s l u, sll, slp, sau, s a u, sociedad limitada, sociedad anonima, cia ltda, spc, saic, sacif',
    'sa de cv, s a de c v, sab de cv, sapi de cv, s de rl, s de rl de cv, s de r l de c v, sas de cv, de cv',
    'lda, ltda, unipessoal lda, unipessoal, eireli, s a b de c v, sociedade anonima, sal',
    // Dutch and Belgian
    'bv, b v, nv, n v, vof, v o f, cv, c v, bvba, cvba, sprl, scrl, asbl, vzw, besloten vennootschap',
    // Nordic and Baltic
    'oy, oyj, oy ab, ab, ab publ, tmi, as, a s, asa, aps, a p s, ivs, ans, hf, ehf, ou, mtu, sia, uab, publ',
    // Central, Eastern and South-Eastern Europe
    'sp z oo, sp z o o, spz oo, spzoo, sp zoo, sp j, sp k, spolka z oo, spolka akcyjna, sp z oo sp k',
    'sro, s r o, spol s r o, spol sro, vos, v o s, kft, zrt, nyrt, doo, d o o, jdoo, dd, d d, eood, ood, ead',
    'ооо, оао, зао, пао, ао, тов, тоо, еоод, оод, ад, доо, αε, α ε, επε, ικε, οε, εε, epe, ike',
    // Turkey, Middle East, Africa
    'asi, ltd sti, limited sirketi, anonim sirketi, fze, fz llc, fzco, fzc, dmcc, wll, w l l, bsc, psc, pjsc, jsc',
    'ojsc, cjsc, saog, saoc, sae, s a e, kscc, ksc, llc fz',
    // Asia
    'kk, k k, gk, g k, yk, kabushiki kaisha, godo kaisha, sdn bhd, bhd, berhad, tbk, persero, coltd',
  ]
    .join(', ')
    .split(', ')
    .map(fold),
)
const mostFormWords = Math.max(...[...legalForms].map(form => form.split(' ').length))
