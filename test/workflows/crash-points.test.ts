import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { verify } from '../../cli/verification.js'
import { rows, sql } from '../../db/sql.js'
import { type Fate, fateOf, settled } from './crash-fates.js'
import { policy, type Story, stories } from './crash-stories.js'
import { bundleInto, type CrashingDesk, openCrashingDesk } from './crashing-desk.js'
import type { Place } from './crashing-worker.js'
import { type Case, type Life, liveThroughKills } from './kills.js'

const isProof = process.env.LEADLINE_PROVE === '1'
/** The first try and the retry end in a kill. After more than three the server itself takes minutes to try again. */
const deaths = isProof ? 3 : 1

type StoryName = keyof typeof stories
type CrashPoint = { step: string; killed: string; story: StoryName; place: Place | null }
type StepMoment = Extract<Place, { in: 'step' }>['moment']

const steps: readonly [step: string, story: StoryName, label?: string][] = [
  ['prepare', 'owned'],
  ['acknowledgeProspect', 'owned'],
  ['enrich', 'owned'],
  ['route', 'owned'],
  ['record', 'acknowledged'],
  ['record', 'acknowledgedByChat', 'record of a signal'],
  ['saveToCrm', 'owned'],
  ['tell', 'owned'],
  ['openReview', 'reviewed'],
  ['openReassignment', 'givenAway'],
  ['openHandoff', 'handedOver'],
  ['acceptSubmission', 'joined'],
  ['closeLead', 'closed'],
]

const inStep = (step: string, moment: StepMoment, of?: string) => ({ in: 'step', step, moment, of }) as const
const inTask = (says: string) => ({ in: 'task', says }) as const
const toSecondOwner = (moment: StepMoment) => ({ in: 'step', step: 'route', moment, hop: 1 }) as const
const at = (step: string, killed: string, story: StoryName, place: Place | null): CrashPoint => ({
  step,
  killed,
  story,
  place,
})

/** Each is lived through on a desk of its own, at the same time. `more`: kills at no place of anybody's. */
const everyMoment: { when: string; points: CrashPoint[]; more: number }[] = [
  {
    when: 'before a step has committed, or between two systems',
    points: [
      ...steps.map(([step, story, label = step]) =>
        at(label, 'before its commit', story, inStep(step, 'commits')),
      ),
      ...['acknowledgeProspect', 'tell'].flatMap(step => [
        at(step, 'stored, not mailed', 'owned', inStep(step, 'mails')),
        at(step, 'mailed, not marked', 'owned', inStep(step, 'mailed')),
      ]),
      at(
        'acknowledgeProspect',
        'marked, not on the timeline',
        'owned',
        inStep('acknowledgeProspect', 'commits', 'insert into events'),
      ),
      at('saveToCrm', 'in the CRM, not marked', 'owned', inStep('saveToCrm', 'saved')),
      at('relay', 'stored, no workflow yet', 'owned', inStep('start', 'starts')),
      at('relay', 'workflow runs, not marked', 'owned', inStep('start', 'commits')),
      at('relay', 'history read, not kept', 'closed', inStep('copy', 'commits', 'insert into histories')),
      at('workflow task', 'that asks for the route', 'owned', inTask('asks for route')),
    ],
    more: 0,
  },
  {
    when: 'after a step has committed, before Temporal hears of it, or between two owners',
    points: [
      ...steps.map(([step, story, label = step]) =>
        at(label, 'committed, unheard', story, inStep(step, 'returns')),
      ),
      at('record of the end', 'committed, unheard', 'closed', inStep('record', 'returns')),
      at('record of a signal', 'committed, unheard, overtaken', 'overtaken', inStep('record', 'returns')),
      at('route to a second owner', 'committed, unheard', 'givenAway', toSecondOwner('returns')),
      at('route to a second owner', 'before its commit', 'givenAway', toSecondOwner('commits')),
      at('workflow task', 'that ends the lead', 'closedOnCue', inTask('Workflow completed')),
    ],
    more: 0,
  },
  ...(isProof
    ? [
        {
          when: 'at any instant',
          points: steps.map(([, story]) => at(story, 'at any instant', story, null)),
          more: 12,
        },
      ]
    : []),
]
type Moment = (typeof everyMoment)[number]

/** In `npm test` a worker dies once in each step, after its commit, where most can be done twice. */
const moments: Moment[] = isProof
  ? everyMoment
  : everyMoment.slice(1, 2).map(moment => ({ ...moment, points: moment.points.slice(0, steps.length) }))

/** `copies`: how often each Message-ID arrived. */
type Aftermath = { desk: CrashingDesk; lives: Life[]; copies: Map<string, number> }
const aftermaths = new Map<Moment, Aftermath>()
const lines: string[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadline-crashes-'))
  const bundle = await bundleInto(folder)
  await Promise.all(
    moments.map(async (moment, index) => {
      const desk = await openCrashingDesk({ folder: join(folder, String(index)), bundle, policy })
      const lives = await liveThroughKills(desk, moment.points.map(caseOf), { deaths, more: moment.more })
      const copies = new Map<string, number>()
      for (const { messageId } of await desk.catcher.list(2_000))
        copies.set(messageId, (copies.get(messageId) ?? 0) + 1)
      aftermaths.set(moment, { desk, lives, copies })
    }),
  )
}, 600_000)
afterAll(async () => {
  await Promise.all([...aftermaths.values()].map(({ desk }) => desk.close()))
  await rm(folder, { recursive: true, force: true })
  console.log(lines.join('\n'))
}, 60_000)

function caseOf({ story, place }: CrashPoint, index: number): Case {
  const told: Story = stories[story]
  const live: Case['live'] = async (desk, lead, cue) => {
    await told.live(desk, lead, cue)
    await settled(desk, lead, told)
  }
  const person = {
    name: `Person ${index}`,
    email: `person@company${index}.example`,
    company: `Company ${index}`,
  }
  return {
    ...told,
    place,
    live,
    body: { ...person, country: 'GB', message: `We are ${index}.`, ...told.body },
  }
}

describe.each(moments)('a worker that is killed $when, and killed again', moment => {
  it.each(moment.points.map((point, index) => ({ ...point, index })))(
    'leaves a lead as if nothing had happened: $step, $killed',
    async ({ step, killed, story, place, index }) => {
      const { desk, lives, copies } = aftermathOf(moment)
      const life = lives[index]
      if (life === undefined) throw new Error('the lead has no life')
      const { owners, turns, timeline, told, paragraphs, dueMinutes }: Story = stories[story]
      const fate = await fateOf(desk, life.lead)
      const mostCopies = Math.max(...fate.letters.map(id => copies.get(`<${id}@leadline>`) ?? 0))
      const kills = place === null ? moment.more : life.deaths
      lines.push(lineOf(step, `${killed}, ${kills} times`, life, fate, mostCopies))
      expect(life).toEqual({ lead: life.lead, complaint: null, deaths: place === null ? 0 : deaths })
      expect(fate).toMatchObject({
        owners,
        turns,
        timeline: timeline.toSorted(),
        told,
        toldTwice: [],
        neverSent: [],
        paragraphs,
        dueMinutes,
        timers: dueMinutes === null ? 0 : 1,
        crm: [fate.lastOwner],
        historiesKept: owners === 0 ? 1 : 0,
      })
      if (killed === 'mailed, not marked') expect(mostCopies).toBeGreaterThan(deaths)
    },
  )

  it('leaves tables, ledgers, decisions and histories that agree', async () => {
    const { desk } = aftermathOf(moment)
    expect((await verify(desk, null)).findings).toEqual([])
  })

  it('leaves every message mailed, under its own Message-ID and no other', async () => {
    const { desk, copies } = aftermathOf(moment)
    const stored = await rows(
      desk.db,
      z.object({ id: z.string() }),
      sql`select id from messages where channel = 'email'`,
    )
    expect([...copies.keys()].toSorted()).toEqual(stored.map(({ id }) => `<${id}@leadline>`).toSorted())
  })
})

function aftermathOf(moment: Moment): Aftermath {
  const aftermath = aftermaths.get(moment)
  if (aftermath === undefined) throw new Error(`nobody was killed ${moment.when}`)
  return aftermath
}

function lineOf(step: string, killed: string, life: Life, fate: Fate, mostCopies: number): string {
  const clock = fate.dueMinutes === null ? 'no clock' : `acts ${fate.dueMinutes} min after assignment`
  return [
    step.padEnd(24),
    killed.padEnd(40),
    `owners ${fate.owners}`,
    `turns ${fate.turns.join(' − ')}`,
    `told ${fate.letters.length}, twice ${fate.toldTwice.length}, mailed at most ${mostCopies} times`,
    `CRM records ${fate.crm.length}`,
    `timers ${fate.timers}, ${clock}`,
    life.complaint ?? 'as if nothing had happened',
  ].join(' | ')
}
