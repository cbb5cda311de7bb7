// For a maintainer, after `npm install`: node scripts/complete-lock.mjs
//
// Some registries do not have every platform's package of a tool that ships as one package per platform (esbuild,
// Biome, swc …). npm then leaves those out of package-lock.json, and `npm ci` fails wherever they are asked for. This
// adds them, with the exact versions that the tool itself names; npm fetches only the one for the machine it runs on.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @typedef {import('./dependencies.mjs').LockedPackage & { optionalDependencies?: Record<string, string> }} Locked */

const exact = /^\d+\.\d+\.\d+(-[\w.-]+)?$/
const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const processors = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

/**
 * The optional packages that some package in the lock asks for by exact version, and the lock does not have.
 * @param {{ packages: Record<string, Locked> }} lock
 * @returns {Record<string, Locked>} as they should stand in it, by their path
 */
export function missingPlatformPackages({ packages }) {
  /** @type {Record<string, Locked>} */
  const missing = {}
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (!exact.test(version) || isThere(packages, path, name)) continue
      const { os, cpu, libc } = platformOf(name)
      // In the order in which npm writes the fields, so that its next install changes no line.
      const entry = { version, cpu, dev, libc, optional: true, os }
      const known = Object.entries(entry).filter(([, value]) => value !== undefined)
      missing[`node_modules/${name}`] = Object.fromEntries(known)
    }
  }
  return missing
}

/**
 * Node looks beside the package that asks, then in each folder above it.
 * @param {Record<string, Locked>} packages
 * @param {string} from
 * @param {string} name
 */
function isThere(packages, from, name) {
  for (
    let folder = from;
    folder !== '';
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    if (`${folder}/node_modules/${name}` in packages) return true
  }
  return `node_modules/${name}` in packages
}

/**
 * What its name says of where it runs: `@oxc-parser/binding-linux-arm-musleabihf`.
 * @param {string} name
 * @returns {Pick<Locked, 'os' | 'cpu' | 'libc'>}
 */
function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split(/[-.]/)
  const os = words.filter(word => systems.includes(word))
  const cpu = words.filter(word => processors.includes(word))
  const musl = words.some(word => word.startsWith('musl'))
  const gnu = words.some(word => word.startsWith('gnu'))
  return {
    os: os.length > 0 ? os : undefined,
    cpu: cpu.length > 0 ? cpu : undefined,
    libc: musl ? ['musl'] : gnu ? ['glibc'] : undefined,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingPlatformPackages(lock)
  // npm keeps the packages in this order, so that a later `npm install` moves no line.
  const packages = Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) =>
    a.localeCompare(b, 'en'),
  )
  lock.packages = Object.fromEntries(packages)
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`added ${Object.keys(missing).length} packages to package-lock.json`)
}
