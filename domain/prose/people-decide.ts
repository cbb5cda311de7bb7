/** When a person must decide, what an owner may ask for, and how a lead is handed on. */
import { assertNever } from '../ids.js'
import type { HandoffTerms, Policy, ReviewKind, ReviewTerms } from '../policy.js'
import { reviewKinds } from '../policy.js'
import { type Cast, decidesIs, whoIs } from './cast.js'
import { phraseOf } from './lead-phrase.js'
import { item, type Section, said } from './section.js'
import { capital, list, named, one, realSpan, span } from './words.js'

export function reviewsSection(policy: Policy, cast: Cast): Section {
  const open = reviewKinds.filter(
    kind => !['high-value', 'policy-exception'].includes(kind) || policy.reviews[kind].when !== null,
  )
  return {
    id: 'reviews',
    title: 'When a person must decide',
    paragraphs: [
      said('The time counts in the working hours of whoever decides, and again for the next.'),
      ...open.map(kind => item(reviewText(kind, policy.reviews[kind], cast), `reviews/${kind}`)),
    ],
  }
}

function reviewText(kind: ReviewKind, terms: ReviewTerms, cast: Cast): string {
  const { decides, backup, withinMs } = terms
  const first = decidesIs(decides, cast)
  const next = decidesIs(backup, cast)
  const then = first === next ? ', and is asked once more after that' : `; then ${next} has as long`
  return `${capital(occasionOf(kind, terms))}, ${first} decides within ${span(withinMs)}${then}. If nobody decides, ${endOf(terms, cast)}.`
}

/** `when something critical is missing`. */
function occasionOf(kind: ReviewKind, { when, hold }: ReviewTerms): string {
  switch (kind) {
    case 'missing-critical':
      return 'when something is missing that must be there'
    case 'ambiguous-rule':
      return 'when two rules fit equally well, or two accounts claim the lead'
    case 'possible-duplicate':
      return 'when it may be somebody whom we know'
    case 'undeclared-source':
      return 'when a lead comes from a source that is not on this page'
    case 'nobody-available':
      return 'when nobody can take the lead'
    case 'high-value':
      return `when a lead is worth a second look (leads ${when === null ? '' : phraseOf(when)}), ${hold ? 'before anybody gets it' : 'while its owner already works on it'}`
    case 'policy-exception':
      return `when a lead is an exception (leads ${when === null ? '' : phraseOf(when)}), before anybody gets it`
    case 'ownership-claimed':
      return 'when somebody else says that a lead is theirs'
    default:
      return assertNever(kind)
  }
}

export function endOf({ onTimeout }: ReviewTerms, cast: Cast): string {
  switch (onTimeout.kind) {
    case 'assign':
      return `the lead goes to ${whoIs(onTimeout.target, cast)}`
    case 'keepSeparate':
      return 'the two leads stay apart'
    case 'keepOwner':
      return 'the owner keeps it'
    case 'reject':
      return 'the lead is rejected'
    default:
      return assertNever(onTimeout)
  }
}

export function handoffSection({ handoff }: Policy, cast: Cast): Section | null {
  if (handoff === null) return null
  return {
    id: 'handing-on',
    title: 'Handing on',
    paragraphs: [said(handoffText(handoff, cast), 'handoff')],
  }
}

function handoffText(
  { fromRole, toRole, required, notesAtLeast, acceptWithinMs, sla, assign, onTimeout }: HandoffTerms,
  cast: Cast,
): string {
  const needs = [
    ...(required.length === 0 ? [] : [`${list(required.map(named))} must be filled in`]),
    ...(notesAtLeast === 0 ? [] : [`the note must have at least ${notesAtLeast} characters`]),
  ]
  const from = one(named(fromRole))
  const to = one(named(toRole))
  return [
    needs.length === 0
      ? `${capital(from)} may hand a lead to ${to}.`
      : `When ${from} hands a lead to ${to}, ${list(needs)}.`,
    `Whoever receives it accepts or declines within ${span(acceptWithinMs)} of their working hours; from then on the service level is “${named(sla)}”.`,
    assign === null
      ? 'Who that is says whoever hands it on.'
      : `Without a name it is offered to ${whoIs(assign, cast)}.`,
    timeoutWords[onTimeout],
  ].join(' ')
}

const timeoutWords: Record<HandoffTerms['onTimeout'], string> = {
  back: 'When nobody answers it stays where it was.',
  up: 'When nobody answers it goes to the receiver’s manager.',
}

export function reassignSection({ reassign, giveBack }: Policy, cast: Cast): Section {
  const reasonsOf = (wanted: 'approve' | 'ask') =>
    Object.entries(reassign.reasons).flatMap(([reason, how]) => (how === wanted ? [named(reason)] : []))
  const granted = reasonsOf('approve')
  const asked = reasonsOf('ask')
  const first = decidesIs(reassign.decides, cast)
  const next = decidesIs(reassign.backup, cast)
  return {
    id: 'reassignment',
    title: 'Giving a lead away',
    paragraphs: [
      said(
        [
          'An owner may ask to give a lead away.',
          ...(granted.length === 0 ? [] : [`For ${list(granted, 'or')} it is granted at once.`]),
          ...(asked.length === 0
            ? []
            : [
                `For ${list(asked, 'or')} ${first} decides within ${span(reassign.withinMs)}${first === next ? '' : `, then ${next} within as long`}; what nobody decides is refused.`,
              ]),
          ...(reassign.coolDownMs === 0
            ? []
            : [
                `Whoever was refused may ask again for the same lead after ${realSpan(reassign.coolDownMs)}.`,
              ]),
          ...(giveBack.reassigned.length === 0
            ? []
            : [`Whoever gave it away for ${list(giveBack.reassigned.map(named), 'or')} has the turn back.`]),
        ].join(' '),
        'reassign',
      ),
    ],
  }
}
