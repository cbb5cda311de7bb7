import { createWriteStream } from 'node:fs'
import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { run } from './processes.mjs'
import { WayFailed } from './failures.mjs'

/** A host that has not answered by then counts as not reachable; an unknown name fails at once. */
const connectSeconds = 5
/** A download may be slow, but not still. */
const stallSeconds = 20

/**
 * Downloads one program from Temporal's download service into `folder`, as the service's two steps ask for it:
 * a JSON answer names an archive and the file in it.
 * @param {{ infoUrl: string, folder: string, name: string, fetch: typeof globalThis.fetch, env: NodeJS.ProcessEnv }} wanted
 * @returns {Promise<string>} the program's path
 * @throws {WayFailed}
 */
export async function downloadProgram({ infoUrl, folder, name, fetch, env }) {
  const { archiveUrl, fileToExtract } = await archiveOf(infoUrl, fetch)
  const archive = join(folder, 'archive.tar.gz')
  const unpacked = join(folder, 'unpacked')
  await save(archiveUrl, archive, fetch)
  await mkdir(unpacked)
  await run('tar', ['-xzf', archive, '-C', unpacked, fileToExtract], { env, timeoutSeconds: 120 })
  const program = join(folder, name)
  await rename(join(unpacked, fileToExtract), program)
  await chmod(program, 0o755)
  await rm(archive)
  await rm(unpacked, { recursive: true })
  return program
}

/**
 * The names that Temporal's download service gives to this machine.
 * @param {{ platform: string, arch: string }} machine
 */
export function vendorPlatform({ platform, arch }) {
  const known = { linux: 'linux', darwin: 'darwin' }[platform]
  const cpu = { x64: 'amd64', arm64: 'arm64' }[arch]
  if (known === undefined || cpu === undefined)
    throw new WayFailed(`nothing is offered for ${platform} on ${arch}`)
  return `platform=${known}&arch=${cpu}&format=tar.gz`
}

/**
 * @param {string} url
 * @param {typeof globalThis.fetch} fetch
 */
async function archiveOf(url, fetch) {
  const { response, finished } = await request(url, fetch)
  /** @type {unknown} */
  const info = await response.json().catch(() => null)
  finished()
  if (typeof info === 'object' && info !== null && 'archiveUrl' in info && 'fileToExtract' in info) {
    const { archiveUrl, fileToExtract } = info
    if (
      typeof archiveUrl === 'string' &&
      typeof fileToExtract === 'string' &&
      !fileToExtract.includes('..')
    ) {
      return { archiveUrl, fileToExtract }
    }
  }
  throw new WayFailed(`${new URL(url).host} gave an answer that is not understood`)
}

/**
 * @param {string} url
 * @param {string} file
 * @param {typeof globalThis.fetch} fetch
 */
async function save(url, file, fetch) {
  const { response, stillComing, finished } = await request(url, fetch)
  const { body } = response
  if (body === null) throw new WayFailed(`${new URL(url).host} sent nothing`)
  async function* watched() {
    for await (const chunk of Readable.fromWeb(/** @type {any} */ (body))) {
      stillComing()
      yield chunk
    }
  }
  try {
    await pipeline(watched, createWriteStream(file))
  } catch (error) {
    throw unreachable(url, error)
  } finally {
    finished()
  }
}

/**
 * @param {string} url
 * @param {typeof globalThis.fetch} fetch
 * @throws {WayFailed} when the host cannot be reached or refuses
 */
async function request(url, fetch) {
  const abort = new AbortController()
  /** @param {number} seconds */
  const giveUpAfter = seconds =>
    setTimeout(() => abort.abort(new WayFailed(`no answer for ${seconds} s`)), seconds * 1000)
  let timer = giveUpAfter(connectSeconds)
  const stillComing = () => {
    clearTimeout(timer)
    timer = giveUpAfter(stallSeconds)
  }
  const finished = () => clearTimeout(timer)
  try {
    const response = await fetch(url, { signal: abort.signal })
    if (!response.ok) throw new WayFailed(`${new URL(url).host} answered ${response.status}`)
    stillComing()
    return { response, stillComing, finished }
  } catch (error) {
    finished()
    throw error instanceof WayFailed && !abort.signal.aborted ? error : unreachable(url, error)
  }
}

/**
 * @param {string} url
 * @param {unknown} error what fetch threw: the reason is often in its cause
 */
function unreachable(url, error) {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return new WayFailed(
    `${new URL(url).host} cannot be reached (${reason instanceof Error ? reason.message : String(reason)})`,
  )
}

/**
 * Whether a host answers at all, for tools that would try long and often by themselves.
 * @param {string} url
 * @param {typeof globalThis.fetch} fetch
 * @throws {WayFailed} when it cannot be reached
 */
export async function assertReachable(url, fetch) {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(connectSeconds * 1000) })
  } catch (error) {
    throw unreachable(url, error)
  }
}
