import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, type Environment, readConfig } from '../../config.js'

function problemsOf(env: Environment): string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('settings', () => {
  it('has a default for everything, and brings its own servers', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      home: resolve('.leadline'),
      host: '127.0.0.1',
      ports: { api: { key: 'PORT', port: 4000, given: false } },
      publicUrl: null,
      database: { kind: 'embedded' },
      temporal: { kind: 'embedded', cli: null },
      temporalUiUrl: null,
      retention: { days: 90, given: false },
      mail: { smtpUrl: null },
      logLevel: 'info',
    })
  })

  it('counts an empty value as not set, as compose files pass it', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '', TEMPORAL_ADDRESS: '' })).toEqual(readConfig({}))
  })

  it.each([
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '4000x'],
    ['PORT', '-1'],
    ['LEADLINE_POSTGRES_PORT', 'abc'],
    ['LEADLINE_TEMPORAL_PORT', '7.5'],
    ['LEADLINE_TEMPORAL_UI_PORT', '1e3'],
    ['LEADLINE_SMTP_PORT', ' 25'],
    ['HOST', 'not a host'],
    ['LEADLINE_PUBLIC_URL', 'leads.example.com'],
    ['DATABASE_URL', 'mysql://localhost/leads'],
    ['SMTP_URL', 'mail.example.com:25'],
    ['LEADLINE_MAIL_FROM', 'not an address'],
    ['LEADLINE_MAIL_FROM', 'Sales <a@example.com>\r\nBcc: b@example.com'],
    ['LEADLINE_TEMPORAL_CLI', '/no/such/program'],
    ['LEADLINE_TEMPORAL_UI_URL', 'temporal.example.com'],
    ['LEADLINE_RETENTION_DAYS', '0'],
    ['LEADLINE_RETENTION_DAYS', '3651'],
    ['LEADLINE_RETENTION_DAYS', '90d'],
    ['LOG_LEVEL', 'loud'],
    ['TEMPORAL_CONFIG_FILE', '/no/such/file.toml'],
  ])('refuses %s=%s and names the setting', (key, value) => {
    const problems = problemsOf({ LEADLINE_MAIL_FROM: 'sales@example.com', [key]: value })
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.some(line => line.includes(key) || line.includes('TEMPORAL_'))).toBe(true)
  })

  it('names every bad setting at once, with what is allowed', () => {
    const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'loud', DATABASE_URL: 'nothing', HOST: 'a b' })
    expect(problems.map(line => line.split(':')[0])).toEqual(['HOST', 'PORT', 'DATABASE_URL', 'LOG_LEVEL'])
    expect(problems[1]).toBe('PORT: "x" is not allowed; expected a whole number from 1 to 65535')
    expect(problems[3]).toContain('trace, debug, info, warn, error, fatal, silent')
  })

  it('names a file of Temporal profiles that is not there', () => {
    expect(problemsOf({ TEMPORAL_CONFIG_FILE: '/no/such/file.toml' })).toEqual([
      'TEMPORAL_CONFIG_FILE: there is no file "/no/such/file.toml"',
    ])
  })

  it('never repeats a password in its message', () => {
    const [problem] = problemsOf({ DATABASE_URL: 'mysql://me:secret@localhost/leads' })
    expect(problem).not.toContain('secret')
  })

  it('wants to know where mail comes from once it is really sent', () => {
    const [problem] = problemsOf({ SMTP_URL: 'smtp://mail.example.com' })
    expect(problem).toContain('LEADLINE_MAIL_FROM')
  })

  it('takes a Temporal server from its own settings, with a namespace of our own', () => {
    const given = readConfig({ TEMPORAL_ADDRESS: 'temporal.example.com:7233' })
    expect(given.temporal).toMatchObject({
      kind: 'given',
      connection: { address: 'temporal.example.com:7233' },
      namespace: 'leadline',
    })
    const cloud = readConfig({
      TEMPORAL_ADDRESS: 'eu.example.com:7233',
      TEMPORAL_NAMESPACE: 'sales.a1b2c',
      TEMPORAL_API_KEY: 'a-key',
    })
    expect(cloud.temporal).toMatchObject({
      connection: { apiKey: 'a-key', tls: true },
      namespace: 'sales.a1b2c',
    })
  })

  it('takes the memory of closed leads and the address of the Temporal UI as they are set', () => {
    const { retention, temporalUiUrl } = readConfig({
      LEADLINE_RETENTION_DAYS: '365',
      LEADLINE_TEMPORAL_UI_URL: 'https://temporal.example.com/',
    })
    expect(retention).toEqual({ days: 365, given: true })
    expect(temporalUiUrl).toBe('https://temporal.example.com')
  })

  it('says which ports a person set', () => {
    const { ports } = readConfig({ PORT: '4710' })
    expect(ports.api).toEqual({ key: 'PORT', port: 4710, given: true })
    expect(ports.temporal.given).toBe(false)
  })
})
