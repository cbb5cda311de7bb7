/**
 * A text without case, accents and width variants, for comparing and never for showing:
 * `MÜLLER`, `Müller` and `ｍüller` become `muller`. Folding a folded text changes nothing.
 */
export function fold(text: string): string {
  if (plainAscii.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(accents, '')
    .replace(lettersWithoutAccentForm, letter => plainLetters[letter] ?? letter)
    .normalize('NFKC')
}

/** The folded words of a text; everything that is neither letter, mark nor digit separates. */
export function foldedWords(text: string): string[] {
  return fold(text).match(word) ?? []
}

/** `null` for what is missing or only white space, else the text with runs of white space as one blank. */
export function tidy(text: string | null | undefined): string | null {
  const trimmed = text?.replace(/\s+/gu, ' ').trim()
  return trimmed ? trimmed : null
}

// Only the Latin, Greek and Cyrillic marks: dropping all marks would take the vowels out of Hindi and Thai.
const accents = /[\u0300-\u036f]/g
const plainAscii = /^[\x20-\x7e]*$/
const word = /[\p{L}\p{N}\p{M}]+/gu
const lettersWithoutAccentForm = /[ßæœøđłðþıς]/g
const plainLetters: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
}
