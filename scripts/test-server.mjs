import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { replaceFolder, withLock } from './cache.mjs'
import { downloadProgram, vendorPlatform } from './download.mjs'
import { isExecutable, onPath, run } from './processes.mjs'
import { firstThatWorks, nothingLeft, WayFailed } from './ways.mjs'

/** The release of io.temporal:temporal-test-server on Maven Central. */
const jarVersion = '1.38.0'
/** The SDK whose default test server the vendor is asked for. */
const sdkVersion = '1.24.0'
const pluginVersion = '3.8.1'
const oldestJava = 17
/** The SDK waits 5 s for it; a machine that is busy with a set-up is given more. */
const startSeconds = 15

const thing = 'Time-skipping test server'
const programName = 'temporal-test-server'
const remedy = `Install Java ${oldestJava} or later and Maven (Debian: apt-get install default-jre-headless maven), or set LEADLINE_TEST_SERVER to a Temporal test server.`

/**
 * @typedef {import('./setup.mjs').Place} Place
 * @typedef {import('./ways.mjs').Search} Search
 */

/**
 * The server on which tests let days pass in milliseconds: found, else fetched into the cache.
 * @param {Place} place
 * @returns {Promise<string>} a program that takes a port as its argument
 */
export async function testServer(place) {
  const search = searchIn(place)
  const found = await firstThatWorks(search, waysToFind(place))
  if (found !== null) return found
  const folder = cached(place)
  const fetched = await withLock(`${folder}.lock`, search.note, () =>
    firstThatWorks(search, [
      // Another set-up may have put it there while this one waited for the lock.
      { name: 'in the cache', look: () => inCache(place) },
      { name: 'the vendor’s download', look: () => download(place, search) },
      { name: 'Maven', look: () => jars(place, search) },
    ]),
  )
  if (fetched !== null) return fetched
  throw nothingLeft(search, remedy)
}

/**
 * The test server where one is there already; fetches nothing.
 * @param {Place} place
 * @returns {Promise<string | null>}
 */
export function findTestServer(place) {
  return firstThatWorks(searchIn(place), waysToFind(place))
}

/**
 * @param {Place} place
 * @returns {Search}
 */
function searchIn({ env, progress }) {
  return { thing, tried: [], note: progress.note, verify: path => verifyTestServer(path, env) }
}

/** @param {Place} place */
function waysToFind(place) {
  const given = place.env.LEADLINE_TEST_SERVER
  if (given) return [{ name: 'given by LEADLINE_TEST_SERVER', look: async () => given }]
  return [{ name: 'in the cache', look: () => inCache(place) }]
}

/**
 * Starts it on a free port and stops it again: it knows no `--version`.
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>}
 * @throws {WayFailed} when it does not come up
 */
export async function verifyTestServer(path, env) {
  const port = await freePort()
  const child = spawn(path, [String(port)], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', chunk => {
    complaint = `${complaint}${chunk}`.slice(-2000)
  })
  /** @type {string | null} */
  let ended = null
  child.on('error', error => {
    ended = error.message
  })
  child.on('exit', code => {
    ended ??= `ended with code ${code}`
  })
  try {
    for (let tries = 0; tries < startSeconds * 10; tries++) {
      if (ended !== null) {
        const line = complaint.split('\n').findLast(text => text.trim() !== '')
        throw new WayFailed(`${path} does not start (${line?.trim() ?? ended})`)
      }
      if (await answers(port)) return 'starts'
      await sleep(100)
    }
    throw new WayFailed(`${path} does not listen within ${startSeconds} s`)
  } finally {
    child.kill('SIGKILL')
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function answers(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** @param {Place} place */
function cached({ cache }) {
  return join(cache, `temporal-test-server-${jarVersion}`)
}

/** @param {Place} place */
async function inCache(place) {
  const path = join(cached(place), programName)
  return (await isExecutable(path)) ? path : null
}

/**
 * @param {Place} place
 * @param {Search} search
 */
function download(place, search) {
  const sdk = `sdk-name=sdk-typescript&sdk-version=${sdkVersion}`
  const infoUrl = `https://temporal.download/temporal-test-server/default?${vendorPlatform(place.machine)}&${sdk}`
  return intoCache(place, search, folder =>
    place.progress.step('Downloading the time-skipping test server', async () => {
      await downloadProgram({ infoUrl, folder, name: programName, fetch: place.fetch, env: place.env })
    }),
  )
}

/**
 * @param {Place} place
 * @param {Search} search
 */
async function jars(place, search) {
  const { env } = place
  const java = await onPath('java', env.PATH)
  if (java === null) throw new WayFailed('java is not on PATH')
  const maven = await onPath('mvn', env.PATH)
  if (maven === null) throw new WayFailed('mvn is not on PATH')
  const major = Number(/version "(\d+)/.exec(await run(java, ['-version'], { env, timeoutSeconds: 30 }))?.[1])
  if (!(major >= oldestJava)) throw new WayFailed(`${java} is older than Java ${oldestJava}`)
  return intoCache(place, search, folder =>
    place.progress.step(`Fetching the test server’s jars (temporal-test-server ${jarVersion}) with Maven`, async () => {
      await writeFile(join(folder, 'pom.xml'), pom)
      await mkdir(join(folder, 'lib'))
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'lib')}`]
      await run(maven, ['-q', '-B', '-f', join(folder, 'pom.xml'), ...goal], { env, timeoutSeconds: 900 })
      await writeFile(join(folder, programName), launcher)
      await chmod(join(folder, programName), 0o755)
    }),
  )
}

/**
 * @param {Place} place
 * @param {Search} search
 * @param {(folder: string) => Promise<void>} fill
 */
async function intoCache(place, { verify }, fill) {
  await replaceFolder(cached(place), async partial => {
    await fill(partial)
    await verify(join(partial, programName))
  })
  return join(cached(place), programName)
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>leadline</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${jarVersion}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <version>${pluginVersion}</version>
      </plugin>
    </plugins>
  </build>
</project>
`

// `exec`, because the SDK stops the server by killing the process that it started.
const launcher = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`
