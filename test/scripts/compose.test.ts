import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../../config.js'

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')

const health = z.strictObject({
  test: z.array(z.string()).min(2),
  interval: z.string(),
  timeout: z.string(),
  retries: z.int(),
  start_period: z.string(),
})
const service = z.strictObject({
  image: z.string(),
  build: z.literal('.').optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  restart: z.string(),
  init: z.boolean().optional(),
  security_opt: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }),
    )
    .optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
  healthcheck: health.optional(),
  stop_grace_period: z.string().optional(),
})
/** What the file uses of the compose specification; a slip of a name is none of it. */
const file = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
})

const { services, volumes, configs } = file.parse(parse(text, { merge: true }))
const named = Object.entries(services)

describe('docker-compose.yml', () => {
  it('runs Postgres, Temporal with its schema and its UI, and of Leadline what migrates, answers and works', () => {
    expect(Object.keys(services).toSorted()).toEqual([
      'api',
      'migrate',
      'postgres',
      'temporal',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ])
    for (const [, { image }] of named) expect(image).not.toContain('auto-setup')
  })

  it('waits only for services that there are, and for a health that is checked', () => {
    for (const [, { depends_on: needed = {} }] of named) {
      for (const [name, { condition }] of Object.entries(needed)) {
        expect(Object.keys(services)).toContain(name)
        if (condition === 'service_healthy') expect(services[name]?.healthcheck).toBeDefined()
        else expect(services[name]?.restart).toMatch(/^on-failure/)
      }
    }
  })

  it('mounts only what it declares', () => {
    const mounted = named.flatMap(([, { volumes: own = [] }]) => own.map(volume => volume.split(':')[0]))
    expect(mounted).toEqual(Object.keys(volumes))
    const used = named.flatMap(([, { configs: own = [] }]) => own.map(({ source }) => source))
    expect(used).toEqual(Object.keys(configs))
    for (const { content } of Object.values(configs))
      expect(() => z.record(z.string(), z.unknown()).parse(parse(content))).not.toThrow()
  })

  it('names in its head each setting that must be made, and each that may be', () => {
    const head = text.slice(0, text.indexOf('\nname:'))
    const settings = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? '')
    expect(settings).toContain('POSTGRES_PASSWORD')
    for (const name of settings) expect(head).toContain(name)
  })

  it('opens no port to other machines', () => {
    for (const [, { ports = [] }] of named) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
  })

  it.each(['migrate', 'api', 'worker'])(
    'gives %s settings that it takes, and asks it where it listens',
    name => {
      const { environment = {}, healthcheck } = services[name] ?? {}
      const given = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, valueOf(key, value)]),
      )
      const config = readConfig(given)
      expect([config.database.kind, config.temporal.kind]).toEqual(['given', 'given'])
      expect(config.temporalUiUrl).toBe('http://localhost:8080')
      const port = name === 'api' ? config.ports.api.port : config.ports.worker.port
      if (healthcheck !== undefined) expect(healthcheck.test.join(' ')).toContain(`:${port}/readyz`)
    },
  )
})

/** As compose fills it in: with what `.env` must have, and the default for the rest. */
function valueOf(key: string, value: string): string {
  const asked: Record<string, string> = {
    LEADLINE_PUBLIC_URL: 'https://leads.example.com',
    LEADLINE_MAIL_FROM: 'sales@example.com',
    SMTP_URL: 'smtps://mail.example.com',
  }
  return value
    .replace(/\$\{\w+:\?[^}]*\}/g, asked[key] ?? 'secret')
    .replace(/\$\{\w+:-([^}]*)\}/g, (_, fallback: string) => fallback)
}
