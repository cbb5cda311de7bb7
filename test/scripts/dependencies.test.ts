import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingPlatformPackages } from '../../scripts/complete-lock.mjs'
import { installDependencies, whyInstall } from '../../scripts/dependencies.mjs'
import { emptyMachine, type Machine } from './machine.js'

type Packages = Record<string, object>

const lock: Packages = {
  '': { name: 'project' },
  'node_modules/hono': { version: '4.13.19' },
  'node_modules/vitest': { version: '4.1.12', dev: true },
  'node_modules/@pg/linux-x64': { version: '18.4.0', optional: true, os: ['linux'], cpu: ['x64'] },
  'node_modules/@pg/darwin-arm64': { version: '18.4.0', optional: true, os: ['darwin'], cpu: ['arm64'] },
}

/** What npm leaves after an install on this machine. */
const installed: Packages = {
  'node_modules/hono': { version: '4.13.19' },
  'node_modules/vitest': { version: '4.1.12', dev: true },
  'node_modules/@pg/linux-x64': { version: '18.4.0', optional: true },
}

function without(packages: Packages, name: string): Packages {
  return Object.fromEntries(Object.entries(packages).filter(([path]) => path !== `node_modules/${name}`))
}

function machineWith(wanted: Packages, there: Packages | null): Machine {
  const machine = emptyMachine()
  const { root } = machine.place
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }))
  if (there !== null) writeFileSync(hiddenLock(machine), JSON.stringify({ packages: there }))
  return machine
}

function hiddenLock({ place }: Machine): string {
  return join(place.root, 'node_modules', '.package-lock.json')
}

/** An npm that does what `npm ci` does, as far as set-up looks at it. */
function npmThatInstalls(machine: Machine, packages: Packages): void {
  machine.program('npm', `echo '${JSON.stringify({ packages })}' > ${hiddenLock(machine)}`)
}

describe('whether the dependencies have to be installed', () => {
  const older = { ...installed, 'node_modules/hono': { version: '4.13.0' } }
  it.each([
    { state: 'they are those of the lock file', there: installed, forTests: true, reason: null },
    { state: 'there are none', there: null, forTests: true, reason: 'none are installed' },
    {
      state: 'the lock file has moved on',
      there: older,
      forTests: true,
      reason: 'package-lock.json has hono 4.13.19, installed is 4.13.0',
    },
    { state: 'one is missing', there: without(installed, 'hono'), forTests: true, reason: 'hono is missing' },
    {
      state: 'tests need what a server does without',
      there: without(installed, 'vitest'),
      forTests: true,
      reason: 'vitest is missing',
    },
    {
      state: 'a server needs nothing more',
      there: without(installed, 'vitest'),
      forTests: false,
      reason: null,
    },
    {
      state: 'the program for this very machine is missing',
      there: without(installed, '@pg/linux-x64'),
      forTests: false,
      reason: '@pg/linux-x64 is missing',
    },
  ])('$state → $reason', async ({ there, forTests, reason }) => {
    expect(await whyInstall(machineWith(lock, there).place, { forTests })).toBe(reason)
  })
})

describe('installing the dependencies', () => {
  it('happens once for a lock file, and again when the lock file changes', async () => {
    const machine = machineWith(lock, null)
    const { place } = machine
    npmThatInstalls(machine, installed)
    await installDependencies(place, { forTests: true })
    expect(await whyInstall(place, { forTests: true })).toBeNull()

    const changed = { ...lock, 'node_modules/zod': { version: '4.6.7' } }
    writeFileSync(join(place.root, 'package-lock.json'), JSON.stringify({ packages: changed }))
    expect(await whyInstall(place, { forTests: true })).toBe('zod is missing')
  })

  it('is trusted by its stamp, without comparing package by package', async () => {
    const machine = machineWith(lock, null)
    npmThatInstalls(machine, without(installed, 'hono'))
    await installDependencies(machine.place, { forTests: true })
    expect(readFileSync(join(machine.place.root, 'node_modules', '.leadline-installed'), 'utf8')).toContain(
      'linux-x64',
    )
    expect(await whyInstall(machine.place, { forTests: true })).toBeNull()
  })

  it('is done anew on another kind of machine', async () => {
    const machine = machineWith(lock, null)
    npmThatInstalls(machine, installed)
    await installDependencies(machine.place, { forTests: true })
    const mac = { ...machine.place, machine: { platform: 'darwin', arch: 'arm64', isRoot: false } }
    expect(await whyInstall(mac, { forTests: true })).toBe('@pg/darwin-arm64 is missing')
  })

  it('ends with npm’s own words and one line of ours when npm fails', async () => {
    const machine = machineWith(lock, null)
    machine.program('npm', 'echo "npm error code EINTEGRITY" >&2; exit 1')
    await expect(installDependencies(machine.place, { forTests: true })).rejects.toMatchObject({
      name: 'CannotSetUp',
      message: expect.stringMatching(
        /^npm error code EINTEGRITY\nThe dependencies cannot be installed: `npm ci` failed/,
      ),
    })
  })
})

describe('the lock file', () => {
  const tool = {
    version: '1.0.0',
    dev: true,
    optionalDependencies: {
      '@tool/linux-x64-musl': '1.0.0',
      '@tool/win32-arm64-msvc': '1.0.0',
      fsevents: '~2.3.2',
    },
  }

  it('is completed with the platforms that a registry does not have', () => {
    const packages = { 'node_modules/tool': tool, 'node_modules/@tool/linux-x64-musl': { version: '1.0.0' } }
    expect(missingPlatformPackages({ packages })).toEqual({
      'node_modules/@tool/win32-arm64-msvc': {
        version: '1.0.0',
        os: ['win32'],
        cpu: ['arm64'],
        dev: true,
        optional: true,
      },
    })
  })

  it('of this project names every platform, so that `npm ci` works on each', () => {
    const file = new URL('../../package-lock.json', import.meta.url)
    expect(missingPlatformPackages(JSON.parse(readFileSync(file, 'utf8')))).toEqual({})
  })
})
