import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatPeopleErrors, parsePeople } from '../../domain/people-document.js'
import { peopleOf, years } from './a-policy-document.js'

const beginning = `calendars: { uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 }, holidays: [2026-12-25] } }
teams: { one: { name: One, manager: gina }, two: { name: Two, manager: max } }
people:`
const gina = '  gina: { name: Gina, email: gina@x.example, role: manager, team: one, calendar: uk }'
const max =
  '  max: { name: Max, email: max@x.example, role: manager, team: two, manager: gina, calendar: uk }'

/** Ana stands in line 4, Gina and Max below her. */
function documentWith(ana: string): string {
  return [beginning, `  ana: ${ana}`, gina, max].join('\n')
}

function errorsOf(text: string): string[] {
  const parsed = parsePeople(text, 'people.yaml', years)
  return parsed.ok ? [] : formatPeopleErrors(parsed.errors, 'people.yaml').split('\n')
}

describe('a people document', () => {
  it('says of each person who they are, whom they report to and when they work', () => {
    const { people, teams } = peopleOf(
      documentWith(
        '{ name: Ana Lopez, email: ana@x.example, role: sdr, team: one, calendar: uk, languages: [en, es], skills: [health], meetingLink: "https://meet.x.example/ana", channel: in-app }',
      ),
    )
    expect(teams).toEqual([
      { id: 'one', name: 'One', manager: 'gina' },
      { id: 'two', name: 'Two', manager: 'max' },
    ])
    expect(people.map(({ id }) => id)).toEqual(['ana', 'gina', 'max'])
    const [ana] = people
    expect(ana).toMatchObject({
      name: 'Ana Lopez',
      email: 'ana@x.example',
      role: 'sdr',
      team: 'one',
      manager: 'gina',
      languages: ['en', 'es'],
      skills: ['health'],
      meetingLink: 'https://meet.x.example/ana',
      channel: 'in-app',
    })
    expect(ana?.calendar.zone).toBe('Europe/London')
    expect(ana?.calendar.hours.fri).toEqual([['09:00', '17:30']])
    expect(ana?.calendar.hours.sat).toBeUndefined()
    expect(ana?.calendar.holidays).toContain('2026-12-25')
  })

  it('leaves empty what it does not say', () => {
    const [ana] = peopleOf(
      documentWith('{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk }'),
    ).people
    expect(ana).toMatchObject({ languages: [], skills: [], meetingLink: null, channel: 'email' })
  })

  it('gives everyone the manager of their team, but the manager of a team none', () => {
    const { people } = peopleOf(
      documentWith('{ name: Ana, email: ana@x.example, role: sdr, team: two, calendar: uk }'),
    )
    expect(people.map(({ id, manager }) => [id, manager])).toEqual([
      ['ana', 'max'],
      ['gina', null],
      ['max', 'gina'],
    ])
  })

  it('prefers the manager that a person has of their own', () => {
    const [ana] = peopleOf(
      documentWith('{ name: Ana, email: ana@x.example, role: sdr, team: two, manager: gina, calendar: uk }'),
    ).people
    expect(ana?.manager).toBe('gina')
  })

  it('is plain JSON', () => {
    const people = peopleOf(
      documentWith('{ name: Ana, email: a@x.example, role: sdr, team: one, calendar: uk }'),
    )
    expect(JSON.parse(JSON.stringify(people))).toEqual(people)
  })
})

describe('a slip in a people document', () => {
  const cases: [sentence: string, ana: string, errors: string[]][] = [
    [
      'an unknown team',
      '{ name: Ana, email: ana@x.example, role: sdr, team: onne, calendar: uk }',
      ['4:60: people.ana.team: unknown team (here: onne); did you mean one?'],
    ],
    [
      'an unknown calendar',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: paris }',
      ['4:75: people.ana.calendar: unknown calendar (here: paris); known: uk'],
    ],
    [
      'an unknown manager',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk, manager: gine }',
      ['4:88: people.ana.manager: nobody has this id (here: gine); did you mean gina?'],
    ],
    [
      'a person who manages themselves',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk, manager: ana }',
      ['4:88: people.ana.manager: manages themselves in the end: ana, ana'],
    ],
    [
      'an address that is none',
      '{ name: Ana, email: ana at x, role: sdr, team: one, calendar: uk }',
      ['4:28: people.ana.email: not an email address (here: ana at x)'],
    ],
    [
      'a link that cannot be trusted',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk, meetingLink: "http://x.example" }',
      ['4:92: people.ana.meetingLink: expected a link that begins with https:// (here: http://x.example)'],
    ],
    [
      'a channel that we do not have',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk, channel: mail }',
      ['4:88: people.ana.channel: expected one of the known words (here: mail); did you mean email?'],
    ],
    [
      'a language by its name',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk, languages: [en, German] }',
      ['4:95: people.ana.languages[1]: not a language code, such as en or de (here: German)'],
    ],
    [
      'a misspelt key',
      '{ name: Ana, email: ana@x.example, rol: sdr, team: one, calendar: uk }',
      [
        '4:3: people.ana.role: missing: expected text',
        '4:43: people.ana.rol: unknown key (here: rol); did you mean role?',
      ],
    ],
    [
      'the same address twice',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk }\n  bob: { name: Bob, email: Ana@X.example, role: sdr, team: one, calendar: uk }',
      ['5:28: people.bob.email: the address of ana (here: Ana@X.example)'],
    ],
    [
      'an id that is a name',
      '{ name: Ana, email: ana@x.example, role: sdr, team: one, calendar: uk }\n  Bob: { name: Bob, email: bob@x.example, role: sdr, team: one, calendar: uk }',
      [
        '5:3: people.Bob: lower-case letters, digits and hyphens, at most 63, not starting with a hyphen (here: Bob)',
      ],
    ],
  ]
  it.each(cases)('%s', (_sentence, ana, errors) => {
    expect(errorsOf(documentWith(ana))).toEqual(errors.map(error => `people.yaml:${error}`))
  })

  const person = (id: string, team: string, manager?: string) =>
    `  ${id}: { name: ${id}, email: ${id}@x.example, role: sdr, team: ${team}${manager ? `, manager: ${manager}` : ''}, calendar: uk }`
  const circles: [sentence: string, lines: string[], errors: string[]][] = [
    [
      'a circle of three, through the manager of a team',
      [person('gina', 'one', 'max'), person('max', 'two', 'ana'), person('ana', 'one')],
      ['4:77: people.gina.manager: manages themselves in the end: gina, max, ana, gina'],
    ],
    [
      'a circle that others lead into, once',
      [
        person('ana', 'one'),
        person('bob', 'one'),
        person('gina', 'one', 'max'),
        person('max', 'two', 'gina'),
      ],
      ['6:77: people.gina.manager: manages themselves in the end: gina, max, gina'],
    ],
    [
      'no circle where a chain ends',
      [person('ana', 'two'), person('gina', 'one'), person('max', 'two', 'gina')],
      [],
    ],
  ]
  it.each(circles)('%s', (_sentence, lines, errors) => {
    expect(errorsOf([beginning, ...lines].join('\n'))).toEqual(errors.map(error => `people.yaml:${error}`))
  })

  it('a team without a manager who is there', () => {
    const text = `calendars: { uk: { zone: UTC, hours: 24/7 } }\nteams: { one: { name: One, manager: nobody } }\npeople:\n${gina}`
    expect(errorsOf(text)).toEqual([
      'people.yaml:2:37: teams.one.manager: nobody has this id (here: nobody); known: gina',
    ])
  })

  it('a calendar that is wrong does not hide what is wrong with a person', () => {
    const text = documentWith('{ name: Ana, email: ana@x.example, role: sdr, team: none, calendar: uk }')
    expect(errorsOf(text.replace('mon-fri', 'workdays')).map(error => error.slice(0, 30))).toEqual([
      'people.yaml:1:50: calendars.uk',
      'people.yaml:4:60: people.ana.t',
    ])
  })
})

it('knows the people of the samples', () => {
  for (const sample of ['acme', 'demo']) {
    const text = readFileSync(new URL(`../../policies/${sample}-people.yaml`, import.meta.url), 'utf8')
    expect(errorsOf(text)).toEqual([])
  }
})
