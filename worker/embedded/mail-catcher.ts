/**
 * Where mail goes as long as no mail server is set: an SMTP server on loopback that sends nothing on and keeps every
 * message as a file, for people to read in the browser.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { WantedPort } from '../../config.js'
import { candidates, portTaken } from './ports.js'
import { codeOf } from './processes.js'

export type CaughtMail = {
  id: string
  receivedAtMs: number
  from: string
  to: string[]
  subject: string
  text: string
  messageId: string
}

export type MailCatcher = {
  url: string
  /** The newest first. */
  list: (limit: number) => Promise<CaughtMail[]>
  read: (id: string) => Promise<CaughtMail | null>
  stop: () => Promise<void>
}

/** So many of the newest are kept: more than a person reads, and a few tens of megabytes at most. */
export const mostMails = 2_000
/** Old ones are removed in batches, so that a burst of mail does not read the folder each time. */
const removeEvery = 50
const mostBytes = 1_048_576
const host = '127.0.0.1'

/** An id says when the message came, so that the order of the names is the order of arrival. */
const idPattern = /^\d{13}-[0-9a-f-]{36}$/

/** @throws CannotStart when no port is free */
export async function startMailCatcher(folder: string, wanted: WantedPort): Promise<MailCatcher> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await removeOldest(folder)
  let kept = 0
  const keep = async (message: Buffer) => {
    const id = `${String(Date.now()).padStart(13, '0')}-${randomUUID()}`
    // The name appears when the file is whole: a reader never finds half a message.
    await writeFile(join(folder, `.${id}`), message, { mode: 0o600 })
    await rename(join(folder, `.${id}`), join(folder, `${id}.eml`))
    kept += 1
    if (kept % removeEvery === 0) await removeOldest(folder)
  }
  const { server, port } = await listen(wanted, keep)
  return {
    url: `smtp://${host}:${port}`,
    async list(limit) {
      const ids = (await idsIn(folder)).slice(0, limit)
      const mails = await Promise.all(ids.map(id => readMail(folder, id)))
      return mails.filter(mail => mail !== null)
    },
    read: async id => (idPattern.test(id) ? readMail(folder, id) : null),
    stop: () => new Promise(resolve => server.close(() => resolve())),
  }
}

async function listen(
  wanted: WantedPort,
  keep: (message: Buffer) => Promise<void>,
): Promise<{ server: SMTPServer; port: number }> {
  for (const port of candidates(wanted)) {
    const server = createServer(keep)
    const error = await new Promise<Error | null>(resolve => {
      server.once('error', resolve)
      server.listen(port, host, () => resolve(null))
    })
    if (error === null) {
      // A client that breaks off is no matter of ours.
      server.on('error', () => {})
      return { server, port }
    }
    if (codeOf(error) !== 'EADDRINUSE' && codeOf(error) !== 'EACCES') throw error
  }
  throw portTaken(wanted)
}

function createServer(keep: (message: Buffer) => Promise<void>): SMTPServer {
  return new SMTPServer({
    banner: 'Leadline keeps this mail and sends it to nobody',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: mostBytes,
    socketTimeout: 30_000,
    closeTimeout: 1_000,
    onData(stream, session, callback) {
      buffer(stream)
        .then(message => (stream.sizeExceeded ? Promise.reject(new Error('too large')) : keep(message)))
        .then(
          () => callback(),
          () =>
            callback(Object.assign(new Error('not kept'), { responseCode: stream.sizeExceeded ? 552 : 451 })),
        )
    },
  })
}

async function readMail(folder: string, id: string): Promise<CaughtMail | null> {
  try {
    const message = await PostalMime.parse(await readFile(join(folder, `${id}.eml`)))
    return {
      id,
      receivedAtMs: Number(id.slice(0, 13)),
      from: message.from?.address ?? '',
      to: (message.to ?? []).map(({ address }) => address ?? ''),
      subject: message.subject ?? '',
      text: message.text ?? '',
      messageId: message.messageId ?? '',
    }
  } catch (error) {
    // Removed as one of the oldest between the listing and the reading.
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The newest first. */
async function idsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  const ids = names.filter(name => name.endsWith('.eml')).map(name => name.slice(0, -'.eml'.length))
  return ids
    .filter(id => idPattern.test(id))
    .sort()
    .reverse()
}

async function removeOldest(folder: string): Promise<void> {
  for (const id of (await idsIn(folder)).slice(mostMails))
    await rm(join(folder, `${id}.eml`), { force: true })
}
