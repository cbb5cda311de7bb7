import { describe, expect, it } from 'vitest'
import { flat, submissionsOf } from '../../cli/demo-stories.js'

describe('the sixty leads of the demo', () => {
  const sent = submissionsOf('1a2b3c4d')
  const people = new Map(sent.map(({ body }) => [body.email, body]))

  it('come by every way in, from several countries, with and without a number', () => {
    expect(sent).toHaveLength(60)
    expect(new Set(sent.map(({ story }) => story.way))).toEqual(new Set(['api', 'form', 'csv']))
    expect(new Set(sent.map(({ body }) => body.country)).size).toBeGreaterThan(4)
    expect(sent.some(({ body }) => body.phone === undefined)).toBe(true)
  })

  it('give no two people the same number, so that only who writes twice joins', () => {
    const phones = [...people.values()].flatMap(({ phone }) => (phone === undefined ? [] : [phone]))
    expect(new Set(phones).size).toBe(phones.length)
    expect(people.size).toBe(56)
  })

  it('say the same in a form and in a table, one level deep', () => {
    expect(
      flat({
        source: 'web',
        email: 'sam@one.example',
        consent: true,
        utm: { source: 'web' },
        fields: { seats: 10 },
      }),
    ).toEqual({
      source: 'web',
      email: 'sam@one.example',
      consent: 'true',
      utm_source: 'web',
      'fields.seats': '10',
    })
  })
})
