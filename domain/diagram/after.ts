/** What comes after somebody has the lead: a time is booked with them, or it moves on. */
import type { Policy, ProspectLetter } from '../policy.js'
import { type Cast, decidesIs } from '../prose/cast.js'
import { leadsOf } from '../prose/lead-phrase.js'
import { capital, figure, list, named, span } from '../prose/words.js'
import type { ChartGroup, ChartNode } from './chart.js'

export function bookable({ campaigns }: Policy): { id: string; link: ProspectLetter }[] {
  return Object.entries(campaigns).flatMap(([id, { meetingLink: link }]) =>
    link === null ? [] : [{ id, link }],
  )
}

/** The prospect hears of the owner, and can choose a time with them. */
export function bookingGroup(policy: Policy): ChartGroup {
  return {
    id: 'booking',
    title: 'Who may book a time',
    column: 3,
    nodes: bookable(policy).map(({ id, link }, index) => ({
      id: `booking${index + 1}`,
      title: `Campaign ${named(id)}`,
      lines: [capital(link.when === null ? 'every lead' : leadsOf(link.when))],
      about: `campaigns/${id}`,
    })),
  }
}

export function afterGroup({ handoff, reassign, leave }: Policy, cast: Cast): ChartGroup {
  const nodes: ChartNode[] = []
  if (handoff !== null) {
    const { fromRole, toRole, required, notesAtLeast, acceptWithinMs, sla } = handoff
    nodes.push({
      id: 'handoff1',
      title: `Handed from ${named(fromRole)} to ${named(toRole)}`,
      lines: [
        ...(required.length === 0 ? [] : [`with ${list(required.map(named))}`]),
        ...(notesAtLeast === 0 ? [] : [`and a note of ${figure(notesAtLeast)} characters`]),
        `accepted in ${span(acceptWithinMs)} of working time`,
        `then the clocks of “${named(sla)}”`,
      ],
      about: 'handoff',
    })
  }
  nodes.push({
    id: 'away1',
    title: 'Given away by its owner',
    lines: [
      list(Object.keys(reassign.reasons).map(named), 'or'),
      `${capital(decidesIs(reassign.decides, cast))} decides within ${span(reassign.withinMs)}`,
    ],
    about: 'reassign',
  })
  nodes.push({
    id: 'leave1',
    title: 'Its owner goes on leave',
    lines: ['Untouched: to whoever covers', `Touched: ${touchedWords[leave.touched]}`],
    about: 'leave',
  })
  return { id: 'after', title: 'How it moves on', column: 4, nodes }
}

const touchedWords: Record<Policy['leave']['touched'], string> = {
  stay: 'stays with its owner',
  move: 'to whoever covers, too',
  pause: 'stays, and its clocks stand still',
}
