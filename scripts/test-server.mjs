import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { replaceFolder } from './cache.mjs'
import { downloadProgram, vendorPlatform } from './download.mjs'
import { WayFailed } from './failures.mjs'
import { isExecutable, onPath, run } from './processes.mjs'

/** The release of io.temporal:temporal-test-server on Maven Central. */
const jarVersion = '1.38.0'
/** The SDK whose default test server the vendor is asked for. */
const sdkVersion = '1.24.0'
const pluginVersion = '3.8.1'
/** A logger that says nothing, of the version of slf4j-api that the server brings; without one it complains. */
const loggerVersion = '1.7.36'
const oldestJava = 17
/** The SDK waits 5 s for it; here a busy machine is no reason to call it broken. */
const startSeconds = 60

const programName = 'temporal-test-server'
const remedy = `Install Java ${oldestJava} or later and Maven (Debian: apt-get install default-jre-headless maven), or set LEADLINE_TEST_SERVER to a Temporal test server.`

/** @typedef {import('./setup.mjs').Place} Place */

/**
 * The server on which tests let days pass in milliseconds: a program that takes a port as its argument.
 * @param {Place} place
 * @returns {import('./ways.mjs').Tool}
 */
export function testServer(place) {
  const folder = join(place.cache, `temporal-test-server-${jarVersion}`)
  const program = join(folder, programName)
  return {
    thing: 'Time-skipping test server',
    setting: 'LEADLINE_TEST_SERVER',
    toFind: [{ name: 'in the cache', look: async () => ((await isExecutable(program)) ? program : null) }],
    toFetch: [
      { name: 'the vendor’s download', look: () => intoCache(partial => download(place, partial)) },
      { name: 'Maven', look: () => jars(place, intoCache) },
    ],
    lockFile: `${folder}.lock`,
    verify: path => verify(path, place.env),
    remedy,
  }

  /** @param {(partial: string) => Promise<void>} fill */
  async function intoCache(fill) {
    await replaceFolder(folder, async partial => {
      await fill(partial)
      await verify(join(partial, programName), place.env)
    })
    return program
  }
}

/**
 * @param {Place} place
 * @param {string} folder
 */
function download({ env, fetch, machine, progress }, folder) {
  const sdk = `sdk-name=sdk-typescript&sdk-version=${sdkVersion}`
  const infoUrl = `https://temporal.download/temporal-test-server/default?${vendorPlatform(machine)}&${sdk}`
  return progress.step('Downloading the time-skipping test server', async () => {
    await downloadProgram({ infoUrl, folder, name: programName, fetch, env })
  })
}

/**
 * @param {Place} place
 * @param {(fill: (partial: string) => Promise<void>) => Promise<string>} intoCache
 */
async function jars({ env, progress }, intoCache) {
  const java = await onPath('java', env.PATH)
  if (java === null) throw new WayFailed('java is not on PATH')
  const maven = await onPath('mvn', env.PATH)
  if (maven === null) throw new WayFailed('mvn is not on PATH')
  const javaVersion = await run(java, ['-version'], { env, timeoutSeconds: 30 })
  const major = Number(/version "(\d+)/.exec(javaVersion)?.[1] ?? 0)
  if (major < oldestJava) throw new WayFailed(`${java} is Java ${major}, older than ${oldestJava}`)
  return intoCache(partial =>
    progress.step(`Fetching temporal-test-server ${jarVersion} with Maven`, async () => {
      const lib = join(partial, 'lib')
      await mkdir(lib)
      await writeFile(join(partial, 'pom.xml'), pom)
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${lib}`]
      await run(maven, ['-q', '-B', '-f', join(partial, 'pom.xml'), ...goal], { env, timeoutSeconds: 900 })
      await writeFile(join(partial, programName), launcher)
      await chmod(join(partial, programName), 0o755)
      await startAndStop(join(partial, programName), { ...env, LEADLINE_ARCHIVE_CLASSES: '1' }, 'SIGTERM')
    }),
  )
}

/**
 * Starts it on a free port and stops it again: it knows no `--version`.
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>}
 * @throws {WayFailed} when it does not come up
 */
async function verify(path, env) {
  await startAndStop(path, env, 'SIGKILL')
  return 'starts'
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Signals} signal how to stop it, once it listens
 * @throws {WayFailed}
 */
async function startAndStop(path, env, signal) {
  const port = await freePort()
  const child = spawn(path, [String(port)], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  /** @type {string | null} */
  let ended = null
  child.stderr.on('data', chunk => {
    complaint = `${complaint}${chunk}`.slice(-2000)
  })
  child.on('error', error => {
    ended = error.message
  })
  child.on('close', code => {
    ended ??= `it ended with code ${code}`
  })
  try {
    for (let tries = 0; tries < startSeconds * 10; tries++) {
      if (ended !== null) {
        const lastLine = complaint.split('\n').findLast(line => line.trim() !== '')
        throw new WayFailed(`${path} does not start (${lastLine?.trim() ?? ended})`)
      }
      if (await listens(port)) return
      await sleep(100)
    }
    throw new WayFailed(`${path} does not listen after ${startSeconds} s`)
  } finally {
    child.kill(signal)
    if (ended === null) await once(child, 'close')
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
function listens(port) {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

// The plugin's version is pinned so that the same jars come the same way next year.
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
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>${loggerVersion}</version>
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

// `exec`, because the SDK stops the server by killing the process that it started. An archive of its loaded classes,
// made once, starts it in a third of the time: the SDK waits 5 s, and a busy machine needs them. Such an archive is
// bound to the class path as written, so that path is relative. Where Java is another one by now, it is not used.
const launcher = `#!/bin/sh
cd "$(dirname -- "$0")" || exit 1
archive=-XX:SharedArchiveFile=classes.jsa
if [ -n "$LEADLINE_ARCHIVE_CLASSES" ]; then archive=-XX:ArchiveClassesAtExit=classes.jsa; fi
exec java "$archive" -Xlog:disable -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m -cp 'lib/*' io.temporal.testserver.TestServer "$@"
`
