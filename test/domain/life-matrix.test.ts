import { describe, expect, it } from 'vitest'
import { refusalCode } from '../../domain/messages.js'
import { lifePage } from '../../scripts/life-docs.js'
import {
  dueNames,
  messageGroups,
  messageNames,
  stateNames,
  states,
  whatAStrangerHears,
  whatComesDue,
  whatIsDone,
} from './life-matrix.js'

const cells = stateNames.flatMap(state => messageNames.map(name => [state, name] as const))

describe('a lead in every state', () => {
  it.each(cells)('%s: hears %s, and does something about it or refuses with a code', (state, name) => {
    for (const cell of [whatIsDone(state, name), whatAStrangerHears(state, name)]) {
      const code = /^refused: (.*)$/.exec(cell)?.[1]
      if (code === undefined) expect(cell).not.toBe('')
      else expect(refusalCode.options).toContain(code)
    }
  })

  it('does nothing that only its owner may do when a stranger asks', () => {
    const ofTheOwner = [
      'acknowledge',
      'recordTouch',
      'pauseClock',
      'resumeClock',
      'handOff',
      'close',
    ] as const
    for (const state of stateNames)
      for (const name of ofTheOwner) expect(whatAStrangerHears(state, name)).toMatch(/^refused: /)
  })

  it('lets nobody but operations erase it, split it or move it to another policy', () => {
    for (const state of stateNames) {
      if (state === 'closed') continue
      for (const name of ['splitSubmission', 'adoptPolicy', 'erase', 'changeOwnerAvailability'] as const)
        expect(whatAStrangerHears(state, name)).toBe('refused: not-allowed')
    }
  })

  it('answers everybody who speaks to a closed lead with its end', () => {
    for (const name of messageNames) expect(whatIsDone('closed', name)).toBe('refused: closed')
  })

  it('knows an end for whatever it waits for', () => {
    for (const state of stateNames) {
      if (state === 'received' || state === 'closed') continue
      const dues = dueNames.filter(name => whatComesDue(state, name) !== null)
      expect({ state, dues: dues.length }).not.toEqual({ state, dues: 0 })
    }
  })

  it('is carried as plain JSON through continue-as-new', () => {
    for (const state of Object.values(states)) expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
})

describe('docs/life.md', () => {
  it('has a column for every message', () => {
    expect(Object.values(messageGroups).flat().toSorted()).toEqual(messageNames.toSorted())
  })

  it('says what the state machine does', () => {
    const { now, made } = lifePage()
    expect(now).toBe(made)
  })
})
