/** A whole policy in plain sentences that a sales manager can sign, in the order in which things happen to a lead. */
import type { People } from '../people.js'
import type { Policy } from '../policy.js'
import { castOf } from './cast.js'
import { entrySection, placesSection, worthSection } from './intake.js'
import { campaignsSection, recordsSection } from './letters-and-records.js'
import { handoffSection, reassignSection, reviewsSection } from './people-decide.js'
import { poolsSection } from './pools.js'
import { accountsSection, exceptionsSection, rulesSection } from './routing.js'
import type { Paragraph, Section } from './section.js'
import { serviceLevelsSection } from './service-levels.js'
import { workSection } from './work.js'

/** `people`: whose names are said for their ids; without them the ids stand in their place. */
export function sentencesOf(policy: Policy, people: People | null = null): readonly Section[] {
  const cast = castOf(people)
  return [
    entrySection(policy),
    worthSection(policy),
    placesSection(policy, cast),
    exceptionsSection(policy, cast),
    accountsSection(policy, cast),
    rulesSection(policy, cast),
    poolsSection(policy, cast),
    serviceLevelsSection(policy, cast),
    workSection(policy, cast),
    reviewsSection(policy, cast),
    campaignsSection(policy),
    handoffSection(policy, cast),
    reassignSection(policy, cast),
    recordsSection(policy),
  ]
    .filter(section => section !== null)
    .filter(({ paragraphs }) => paragraphs.length > 0)
}

/** What the page is called, and where its clocks are read. */
export function introductionOf({ policy, zone }: Policy): string {
  return `This is what happens to a lead under the policy “${policy}”, in that order. The company’s time zone is ${zone}.`
}

/** The sentences as Markdown, each with the names that the policy uses for what it is about. */
export function markdownOf(sections: readonly Section[]): string {
  return sections
    .map(({ title, paragraphs }) => `## ${title}\n\n${joined(paragraphs.map(markdownLine), paragraphs)}`)
    .join('\n\n')
}

/** As plain text for a terminal. */
export function plainTextOf(sections: readonly Section[]): string {
  const line = ({ kind, text }: Paragraph) => {
    if (kind === 'letter') return text.replace(/^/gm, '    | ')
    return kind === 'item' ? `- ${text}` : text
  }
  return sections
    .map(({ title, paragraphs }) => `${title}\n\n${joined(paragraphs.map(line), paragraphs)}`)
    .join('\n\n')
}

function markdownLine({ kind, about, text }: Paragraph): string {
  if (kind === 'letter') return text.replace(/^/gm, '  > ').replace(/ +$/gm, '')
  const names = idsNamed({ about, text }).map(id => `\`${id}\``)
  const marked = names.length > 0 ? `${escaped(text)} (${names.join(', ')})` : escaped(text)
  return kind === 'item' ? `- ${marked}` : marked
}

/** The ids behind a paragraph, without those with which it begins anyway. */
export function idsNamed({ about, text }: Pick<Paragraph, 'about' | 'text'>): readonly string[] {
  return about.flatMap(name => {
    const slash = name.indexOf('/')
    const id = name.slice(slash + 1)
    return slash < 0 || text.toLowerCase().startsWith(`${id.toLowerCase()}:`) ? [] : [id]
  })
}

/** What a name or a title may bring along must not become Markdown. */
function escaped(text: string): string {
  return text.replace(/[\\`*_<>[\]|#]/g, '\\$&')
}

/** Items follow each other line by line; everything else has an empty line around it. */
function joined(lines: readonly string[], paragraphs: readonly Paragraph[]): string {
  return lines
    .map((line, index) => {
      const before = paragraphs[index - 1]
      if (before === undefined) return line
      const close = before.kind === 'item' && paragraphs[index]?.kind === 'item'
      return `${close ? '\n' : '\n\n'}${line}`
    })
    .join('')
}
