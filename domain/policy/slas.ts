/** Service levels: what one inherits from another, and the ladder of steps of each clock. */
import { type ClockTerms, type LadderAction, type LadderStep, type Sla, type Target } from '../policy.js'
import type { Path } from '../yaml.js'
import { readTarget, type Setting } from './references.js'
import type { PolicyShape } from './shape.js'

type SlaShapes = PolicyShape['slas']
type SlaShape = SlaShapes[string]
type ClockShape = NonNullable<SlaShape['firstTouch']>
type StepShape = NonNullable<SlaShape['steps']>[number]

/** What a service level says, each part with the path at which it is written: its own, or that of what it is like. */
type Parts = {
  [Part in keyof Omit<SlaShape, 'like'>]: { says: NonNullable<SlaShape[Part]>; path: Path }
}

/** What is worked on and falls asleep is not what the steps of an untouched lead are about. */
const usualOfStale: readonly LadderStep[] = [
  { at: { fraction: 1, offsetMs: 0 }, do: ['remindOwner', 'tellManager'] },
]

export function compileSlas(slas: SlaShapes, setting: Setting): Record<string, Sla> {
  return Object.fromEntries(
    Object.keys(slas).map(id => {
      const parts = inherited(id, slas, setting, [])
      return [id, compileSla(parts, ['slas', id], setting)]
    }),
  )
}

/** A key that a service level has itself replaces the whole of what it would inherit under that key. */
function inherited(id: string, slas: SlaShapes, setting: Setting, from: readonly string[]): Parts {
  const sla = slas[id]
  if (sla === undefined) return {}
  const { like, clock, acknowledge, firstTouch, stale, steps, reRoutes } = sla
  const path = ['slas', id]
  const own: Parts = {
    ...(clock === undefined ? {} : { clock: { says: clock, path: [...path, 'clock'] } }),
    ...(acknowledge === undefined
      ? {}
      : { acknowledge: { says: acknowledge, path: [...path, 'acknowledge'] } }),
    ...(firstTouch === undefined ? {} : { firstTouch: { says: firstTouch, path: [...path, 'firstTouch'] } }),
    ...(stale === undefined ? {} : { stale: { says: stale, path: [...path, 'stale'] } }),
    ...(steps === undefined ? {} : { steps: { says: steps, path: [...path, 'steps'] } }),
    ...(reRoutes === undefined ? {} : { reRoutes: { says: reRoutes, path: [...path, 'reRoutes'] } }),
  }
  if (like === undefined) return own
  const { report, references } = setting
  if (!references.slas.includes(like)) {
    report({
      path: [...path, 'like'],
      message: 'unknown service level',
      value: like,
      allowed: references.slas,
    })
    return own
  }
  if (like === id || from.includes(like)) {
    report({ path: [...path, 'like'], message: 'is like itself in the end', value: like })
    return own
  }
  return { ...inherited(like, slas, setting, [...from, id]), ...own }
}

function compileSla(parts: Parts, path: Path, setting: Setting): Sla {
  const { clock, acknowledge, firstTouch, stale, steps, reRoutes } = parts
  const byDefault = compileSteps(steps?.says ?? [])
  if (firstTouch === undefined) {
    setting.report({
      path,
      at: 'key',
      message: 'missing: firstTouch, such as firstTouch: 30m',
      value: undefined,
    })
  }
  const sla: Sla = {
    clock: clock === undefined ? { kind: 'owner' } : readClock(clock.says, clock.path, setting),
    acknowledge:
      acknowledge === undefined || acknowledge.says === 'none'
        ? null
        : compileClock(acknowledge.says, byDefault),
    firstTouch:
      firstTouch === undefined ? { withinMs: 0, steps: [] } : compileClock(firstTouch.says, byDefault),
    stale: stale === undefined || stale.says === 'none' ? null : compileClock(stale.says, usualOfStale),
    reRoutes:
      reRoutes === undefined
        ? { most: 0, then: { kind: 'managerOfOwner' } }
        : {
            most: reRoutes.says.most,
            then: readEnd(reRoutes.says.then, [...reRoutes.path, 'then'], setting),
          },
  }
  const ladder = [...(sla.acknowledge?.steps ?? []), ...sla.firstTouch.steps, ...(sla.stale?.steps ?? [])]
  if (reRoutes === undefined && ladder.some(step => step.do.includes('reRoute'))) {
    const message =
      'a step re-routes, but nothing says how often and to whom in the end: reRoutes: { most: 2, then: .. }'
    setting.report({ path, at: 'key', message, value: undefined })
  }
  return sla
}

function readClock(text: string, path: Path, { references, report }: Setting): Sla['clock'] {
  if (text === 'business hours of owner') return { kind: 'owner' }
  if (text === 'always') return { kind: 'always' }
  const calendar = /^calendar (\S+)$/.exec(text)?.[1]
  if (calendar === undefined) {
    const allowed = ['business hours of owner', 'always', ...references.calendars.map(id => `calendar ${id}`)]
    report({ path, message: 'expected whose hours the clock runs in', value: text, allowed })
    return { kind: 'owner' }
  }
  if (!references.calendars.includes(calendar)) {
    report({ path, message: 'unknown calendar', value: calendar, allowed: references.calendars })
  }
  return { kind: 'calendar', calendar }
}

/** The chain of re-routes ends at one person (R29): a pool there would only begin another turn. */
function readEnd(text: string, path: Path, setting: Setting): Target {
  const target = readTarget(text, path, setting)
  if (target.kind === 'pool' || target.kind === 'accountOwner') {
    setting.report({ path, message: 'the chain ends at a person or at manager of owner', value: text })
  }
  return target
}

function compileClock(clock: ClockShape, byDefault: readonly LadderStep[]): ClockTerms {
  if (typeof clock === 'number') return { withinMs: clock, steps: byDefault }
  return { withinMs: clock.within, steps: clock.steps === undefined ? byDefault : compileSteps(clock.steps) }
}

function compileSteps(steps: readonly StepShape[]): LadderStep[] {
  return steps.map(step => ({
    at: step.at,
    do: (Array.isArray(step.do) ? step.do : [step.do]).map(actionOf),
  }))
}

function actionOf(action: 'remind owner' | 'tell manager' | 're-route'): LadderAction {
  const actions = {
    'remind owner': 'remindOwner',
    'tell manager': 'tellManager',
    're-route': 'reRoute',
  } as const
  return actions[action]
}
