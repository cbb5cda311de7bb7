import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { browser } from '../../scripts/browser.mjs'
import type { Place } from '../../scripts/setup.mjs'
import { temporalCli } from '../../scripts/temporal-cli.mjs'
import { testServer } from '../../scripts/test-server.mjs'
import { find, obtain } from '../../scripts/ways.mjs'
import { emptyMachine, type Machine } from './machine.js'

const works = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"'
const old = 'echo "temporal version 1.0.0 (Server 1.24.2, UI 2.30.0)"'
const broken = 'echo "cannot execute: wrong architecture" >&2; exit 126'

const temporal = (place: Place) => obtain(temporalCli(place), place)
const cachedPath = (place: Place) => join(place.cache, 'temporal-cli-1.5.1', 'temporal')

/** Puts a Go on the machine whose `go install` makes a program with this line, and counts its builds. */
function goThatBuilds(machine: Machine, line: string): string {
  const builds = join(machine.place.cache, '..', 'builds')
  writeFileSync(builds, '')
  machine.program(
    'go',
    `echo built >> ${builds}`,
    `printf '%s\\n' '#!/bin/sh' '${line}' > "$GOBIN/temporal"`,
    '/bin/chmod +x "$GOBIN/temporal"',
  )
  return builds
}

function putInCache(machine: Machine, line: string): void {
  mkdirSync(join(machine.place.cache, 'temporal-cli-1.5.1'), { recursive: true })
  machine.programAt(cachedPath(machine.place), line)
}

describe('the way to a Temporal server', () => {
  it('takes the one on PATH before any other', async () => {
    const machine = emptyMachine()
    const onPath = machine.program('temporal', works)
    putInCache(machine, works)
    expect(await temporal(machine.place)).toBe(onPath)
    expect(machine.said).toEqual([`Temporal server: ${onPath} (server 1.29.1; on PATH)`])
  })

  it('builds one with Go when the download cannot be reached, and says so', async () => {
    const machine = emptyMachine()
    goThatBuilds(machine, works)
    expect(await temporal(machine.place)).toBe(cachedPath(machine.place))
    expect(machine.said).toEqual([
      'Temporal server: the vendor’s download: temporal.download cannot be reached (getaddrinfo ENOTFOUND)',
      `Temporal server: ${cachedPath(machine.place)} (server 1.29.1; go install)`,
    ])
  })

  it('uses the cache the next time', async () => {
    const machine = emptyMachine()
    const builds = goThatBuilds(machine, works)
    await temporal(machine.place)
    await temporal(machine.place)
    expect(readFileSync(builds, 'utf8')).toBe('built\n')
  })

  it('unpacks the vendor’s archive when it can be reached', async () => {
    const machine = emptyMachine()
    const archive = archiveOf(machine, works)
    const asked: string[] = []
    const place: Place = {
      ...machine.place,
      env: { ...machine.place.env, PATH: `${machine.place.env.PATH}:/usr/bin:/bin` },
      fetch: input => {
        asked.push(new Request(input).url)
        const info = { archiveUrl: 'https://archives.example/temporal.tar.gz', fileToExtract: 'temporal' }
        return Promise.resolve(asked.length === 1 ? Response.json(info) : new Response(archive))
      },
    }
    const tool = { ...temporalCli(place), toFind: [] }
    expect(await obtain(tool, place)).toBe(cachedPath(place))
    expect(asked).toEqual([
      'https://temporal.download/cli/v1.5.1?platform=linux&arch=amd64&format=tar.gz',
      'https://archives.example/temporal.tar.gz',
    ])
  })

  it('goes on when the vendor sends something that does not run', async () => {
    const machine = emptyMachine()
    goThatBuilds(machine, works)
    const place: Place = { ...machine.place, fetch: () => Promise.resolve(new Response('<html>')) }
    expect(await temporal(place)).toBe(cachedPath(place))
    expect(machine.said[0]).toContain('temporal.download gave an answer that is not understood')
  })

  it.each([
    { what: 'broken', line: broken, said: 'cannot execute: wrong architecture' },
    { what: 'older than needed', line: old, said: 'has server 1.24.2, older than 1.29' },
    { what: 'something else', line: 'echo hello', said: 'does not name a Temporal server' },
  ])('accepts no cached program that is $what, and replaces it', async ({ line, said }) => {
    const machine = emptyMachine()
    putInCache(machine, line)
    goThatBuilds(machine, works)
    expect(await temporal(machine.place)).toBe(cachedPath(machine.place))
    expect(machine.said[0]).toContain(said)
    expect(readFileSync(cachedPath(machine.place), 'utf8')).toContain('1.29.1')
  })

  it('leaves the cache alone when what was built does not run', async () => {
    const machine = emptyMachine()
    goThatBuilds(machine, broken)
    await expect(temporal(machine.place)).rejects.toThrow('go install')
    expect(await find(temporalCli(machine.place), machine.place)).toBeNull()
  })

  it('says in one line what is missing, what was tried and what to do, when nothing is left', async () => {
    const { place } = emptyMachine()
    await expect(temporal(place)).rejects.toMatchObject({
      name: 'CannotSetUp',
      message:
        'Temporal server is missing. Tried: on PATH: not there; in the cache: not there; the vendor’s download: ' +
        'temporal.download cannot be reached (getaddrinfo ENOTFOUND); go install: not there. Install the Temporal ' +
        'CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, or Go 1.25 or later so that it can be ' +
        'built, or set TEMPORAL_ADDRESS to a running server.',
    })
  })

  it('takes no other than the one that LEADLINE_TEMPORAL_CLI names', async () => {
    const machine = emptyMachine({ LEADLINE_TEMPORAL_CLI: '/no/such/temporal' })
    machine.program('temporal', works)
    await expect(temporal(machine.place)).rejects.toThrow(
      /^Temporal server is missing\. Tried: given by LEADLINE_TEMPORAL_CLI: .*ENOENT.* Correct LEADLINE_TEMPORAL_CLI/,
    )
  })
})

describe('two set-ups at once', () => {
  it('build once: the second waits and takes what the first made', async () => {
    const machine = emptyMachine()
    const builds = goThatBuilds(machine, works)
    const paths = await Promise.all([temporal(machine.place), temporal(machine.place)])
    expect(paths).toEqual([cachedPath(machine.place), cachedPath(machine.place)])
    expect(readFileSync(builds, 'utf8')).toBe('built\n')
    expect(machine.said.join('\n')).toContain('Another set-up is at work')
  })

  it('are not held up by one that died, nor by what it left half done', async () => {
    const machine = emptyMachine()
    goThatBuilds(machine, works)
    const { cache } = machine.place
    mkdirSync(join(cache, 'temporal-cli-1.5.1.partial-dead'), { recursive: true })
    const dead = Number(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
    const { hostname } = await import('node:os')
    writeFileSync(join(cache, 'temporal-cli-1.5.1.lock'), JSON.stringify({ pid: dead, host: hostname() }))
    expect(await temporal(machine.place)).toBe(cachedPath(machine.place))
    expect(() => readFileSync(join(cache, 'temporal-cli-1.5.1.partial-dead'))).toThrow('ENOENT')
  })
})

describe('the way to the time-skipping test server', () => {
  it('names Java or Maven as what is missing', async () => {
    const machine = emptyMachine()
    await expect(obtain(testServer(machine.place), machine.place)).rejects.toThrow(
      'Maven: java is not on PATH',
    )
    machine.program('java', 'echo \'openjdk version "11.0.2"\' >&2')
    await expect(obtain(testServer(machine.place), machine.place)).rejects.toThrow(
      'Maven: mvn is not on PATH',
    )
    machine.program('mvn', 'exit 0')
    await expect(obtain(testServer(machine.place), machine.place)).rejects.toThrow(
      'is Java 11, older than 17',
    )
  })

  it('accepts no launcher that does not listen', async () => {
    const machine = emptyMachine()
    const folder = join(machine.place.cache, 'temporal-test-server-1.38.0')
    mkdirSync(folder, { recursive: true })
    machine.programAt(join(folder, 'temporal-test-server'), 'echo "no main class" >&2; exit 1')
    expect(await find(testServer(machine.place), machine.place)).toBeNull()
    expect(machine.said).toEqual([expect.stringContaining('does not start (no main class)')])
  })
})

describe('the way to a browser', () => {
  it('passes over a stub that only tells how to install one', async () => {
    const machine = emptyMachine()
    machine.program('chromium-browser', 'echo "install the snap" >&2; exit 10')
    const chrome = machine.program('google-chrome', 'echo "Google Chrome 140.0.1.2"')
    expect(await obtain(browser(machine.place), machine.place)).toBe(chrome)
  })

  it('does not install packages for someone who may not', async () => {
    const machine = emptyMachine()
    machine.program('apt-get', 'exit 99')
    await expect(obtain(browser(machine.place), machine.place)).rejects.toThrow(
      'apt-get install chromium: only root may install packages',
    )
  })

  it('installs Debian’s as root when Playwright’s host cannot be reached', async () => {
    const machine = emptyMachine()
    const place: Place = { ...machine.place, machine: { ...machine.place.machine, isRoot: true } }
    const bin = place.env.PATH ?? ''
    machine.program(
      'apt-get',
      `printf '#!/bin/sh\\necho Chromium 150.0.1\\n' > ${bin}/chromium`,
      `/bin/chmod +x ${bin}/chromium`,
    )
    expect(await obtain(browser(place), place)).toBe(join(bin, 'chromium'))
    expect(machine.said).toContainEqual(
      'Browser for tests: Playwright’s download: cdn.playwright.dev cannot be reached (getaddrinfo ENOTFOUND)',
    )
  })
})

function archiveOf(machine: Machine, line: string): Buffer<ArrayBuffer> {
  const folder = join(machine.place.cache, '..', 'archive')
  mkdirSync(folder)
  machine.programAt(join(folder, 'temporal'), line)
  return Buffer.from(execFileSync('tar', ['-czf', '-', '-C', folder, 'temporal']))
}
