/** What the sentences about a policy are made of, for a page, a terminal or a program to set in its own way. */
export type Section = { id: string; title: string; paragraphs: readonly Paragraph[] }

/**
 * `item`: one of a list. `letter`: what a prospect is sent, with its line breaks.
 * `about` names what of the policy is meant: `rules/uk-south`, `pools/ae-emea`; each name stands in one paragraph.
 */
export type Paragraph = { kind: 'text' | 'item' | 'letter'; about: readonly string[]; text: string }

export function said(text: string, ...about: string[]): Paragraph {
  return { kind: 'text', about, text }
}

export function item(text: string, ...about: string[]): Paragraph {
  return { kind: 'item', about, text }
}
