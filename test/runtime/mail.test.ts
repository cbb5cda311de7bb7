import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { type Email, type Mail, MailRefused } from '../../adapters/notify/port.js'
import { createSmtpMail } from '../../adapters/notify/smtp.js'
import type { Caller } from '../../api/auth.js'
import { answerFailure } from '../../api/problem.js'
import { mostMails, startMailCatcher } from '../../worker/embedded/mail-catcher.js'
import { mailPages } from '../../worker/embedded/mail-pages.js'
import { freePort } from '../setup/ports.js'

/** A way to send mail, and the world behind it. Who writes to `nobody@` is refused for good, to `later@` for now. */
type World = { mail: Mail; arrived(): Promise<Email[]>; close(): Promise<void> }

const host = '127.0.0.1'
const from = 'Sales <sales@example.com>'
const hello: Email = {
  to: 'ana@example.com',
  subject: 'Neuer Kontakt: Zoë Müller',
  text: 'First line\n.\n.. a line that SMTP has to escape\nLast line',
  messageId: 'first@leadline',
  replyTo: 'ben@example.com',
}

const toClose: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

async function inMemory(): Promise<World> {
  const arrived: Email[] = []
  return {
    mail: {
      from: 'sales@example.com',
      async send(email) {
        if (email.to.startsWith('nobody@')) throw new MailRefused('smtp-550')
        if (email.to.startsWith('later@')) throw new Error('mail not sent: smtp-451')
        arrived.push(email)
      },
    },
    arrived: async () => arrived,
    close: async () => {},
  }
}

async function overSmtp(): Promise<World> {
  const messages: Buffer[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, callback) {
      const refusal = address.startsWith('nobody@') ? 550 : address.startsWith('later@') ? 451 : null
      callback(refusal === null ? null : Object.assign(new Error('no'), { responseCode: refusal }))
    },
    onData(stream, _session, callback) {
      buffer(stream).then(message => {
        messages.push(message)
        callback()
      }, callback)
    },
  })
  const port = await freePort()
  await new Promise<void>(resolve => server.listen(port, host, resolve))
  const mail = createSmtpMail({ url: `smtp://${host}:${port}`, from })
  return {
    mail,
    arrived: () => Promise.all(messages.map(readEmail)),
    close: async () => {
      mail.close()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

async function readEmail(message: Buffer): Promise<Email> {
  const read = await PostalMime.parse(message)
  return {
    to: read.to?.[0]?.address ?? '',
    subject: read.subject ?? '',
    text: (read.text ?? '').trimEnd(),
    messageId: (read.messageId ?? '').replace(/^<|>$/g, ''),
    replyTo: read.replyTo?.[0]?.address ?? null,
  }
}

describe.each([
  ['kept in memory', inMemory],
  ['over SMTP', overSmtp],
])('mail %s', (_name, open) => {
  async function world(): Promise<World> {
    const opened = await open()
    toClose.push(opened.close)
    return opened
  }

  it('arrives as it was written, whatever its letters and lines', async () => {
    const { mail, arrived } = await world()
    await mail.send(hello)
    await mail.send({ ...hello, messageId: 'second@leadline', replyTo: null })
    expect(await arrived()).toEqual([hello, { ...hello, messageId: 'second@leadline', replyTo: null }])
  })

  it('names the address that it comes from, without the name of the sender', async () => {
    expect((await world()).mail.from).toBe('sales@example.com')
  })

  it('is given up for a recipient who does not exist', async () => {
    const { mail, arrived } = await world()
    const sent = mail.send({ ...hello, to: 'nobody@example.com' })
    await expect(sent).rejects.toThrow(MailRefused)
    await expect(sent).rejects.toMatchObject({ code: 'smtp-550' })
    expect(await arrived()).toEqual([])
  })

  it('is to be tried again for a recipient whose mailbox is busy', async () => {
    const { mail } = await world()
    const sent = mail.send({ ...hello, to: 'later@example.com' })
    await expect(sent).rejects.toThrow('mail not sent: smtp-451')
    await expect(sent).rejects.not.toThrow(MailRefused)
  })
})

describe('mail over SMTP', () => {
  it('goes to one person, even where an address is written as a list', async () => {
    const { mail, arrived, close } = await overSmtp()
    toClose.push(close)
    await expect(mail.send({ ...hello, to: 'a@example.com, b@example.com' })).rejects.toThrow(MailRefused)
    await mail.send({ ...hello, subject: 'Hi\r\nBcc: b@example.com' })
    expect((await arrived()).map(({ to }) => to)).toEqual(['ana@example.com'])
  })

  it('is to be tried again while nobody listens', async () => {
    const mail = createSmtpMail({ url: `smtp://${host}:${await freePort()}`, from })
    toClose.push(async () => mail.close())
    const sent = mail.send(hello)
    await expect(sent).rejects.toThrow('mail not sent: ')
    await expect(sent).rejects.not.toThrow(MailRefused)
  })

  it.each([
    ['sign-in is refused', '535 bad password', 'AUTH'],
    ['the sender is refused', '550 who are you', 'MAIL'],
    ['the greeting is a refusal', '554 go away', 'GREETING'],
  ])('is kept for later when %s: that is for us to mend, not for the recipient', async (_what, reply, at) => {
    const port = await refusingServer(reply, at)
    const credentials = at === 'AUTH' ? 'user:wrong@' : ''
    const mail = createSmtpMail({ url: `smtp://${credentials}${host}:${port}`, from })
    toClose.push(async () => mail.close())
    const sent = mail.send(hello)
    await expect(sent).rejects.toThrow('mail not sent: ')
    await expect(sent).rejects.not.toThrow(MailRefused)
  })
})

/** Speaks just enough SMTP to refuse at one step. */
async function refusingServer(reply: string, at: string): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.write(at === 'GREETING' ? `${reply}\r\n` : '220 here\r\n')
    socket.on('data', data => {
      const command = data.toString().slice(0, 4).toUpperCase()
      if (command === 'EHLO') socket.write('250-here\r\n250 AUTH PLAIN LOGIN\r\n')
      else if (command === at.slice(0, 4)) socket.write(`${reply}\r\n`)
      else socket.write('250 ok\r\n')
    })
  })
  const port = await freePort()
  await new Promise<void>(resolve => server.listen(port, host, resolve))
  toClose.push(async () => server.close())
  return port
}

describe('the mail catcher', () => {
  async function catcherIn(folder: string) {
    const catcher = await startMailCatcher(folder, {
      key: 'LEADLINE_SMTP_PORT',
      port: await freePort(),
      given: true,
    })
    toClose.push(catcher.stop)
    const mail = createSmtpMail({ url: catcher.url, from })
    toClose.push(async () => mail.close())
    return { catcher, mail }
  }

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'leadline-mail-'))
    toClose.push(() => rm(folder, { recursive: true, force: true }))
    return folder
  }

  it('keeps what is sent, over a restart too, and shows the newest first', async () => {
    const folder = join(await newFolder(), 'mail')
    const first = await catcherIn(folder)
    await first.mail.send({ ...hello, subject: 'one' })
    await first.mail.send({ ...hello, subject: 'two' })
    const { catcher } = await catcherIn(folder)
    const mails = await catcher.list(10)
    expect(mails.map(({ subject }) => subject)).toEqual(['two', 'one'])
    expect(mails[0]).toMatchObject({
      from: 'sales@example.com',
      to: ['ana@example.com'],
      messageId: '<first@leadline>',
    })
    expect(await catcher.read(mails[1]?.id ?? '')).toEqual(mails[1])
    expect((await stat(folder)).mode & 0o077).toBe(0)
  })

  it('keeps so many of the newest and no more', async () => {
    const folder = await newFolder()
    for (let index = 0; index < mostMails + 3; index++) {
      const id = `${1_700_000_000_000 + index}-${crypto.randomUUID()}`
      await writeFile(join(folder, `${id}.eml`), 'Subject: old\r\n\r\n')
    }
    await catcherIn(folder)
    const names = (await readdir(folder)).sort()
    expect(names).toHaveLength(mostMails)
    expect(names[0]?.startsWith('1700000000003')).toBe(true)
  })

  it.each(['../keys', '..%2Fkeys', '1700000000000-../../keys', ''])('reads no other file: %s', async id => {
    const folder = await newFolder()
    const { catcher } = await catcherIn(join(folder, 'mail'))
    await writeFile(join(folder, 'keys.eml'), 'Subject: secret\r\n\r\n')
    expect(await catcher.read(id)).toBeNull()
  })

  it('shows markup in a message as text, to those who run Leadline and to nobody else', async () => {
    const { catcher, mail } = await catcherIn(join(await newFolder(), 'mail'))
    const script = '<script>alert(1)</script>'
    await mail.send({ ...hello, subject: script, text: script })
    const callers: Record<string, Caller> = {
      operations: { id: 'olga', role: 'operations', rep: null },
      manager: { id: 'maria', role: 'manager', rep: null },
    }
    const pages = mailPages(catcher, async c => callers[c.req.header('authorization') ?? ''] ?? null)
    pages.onError(answerFailure(() => {}))
    const as = (who: string) => ({ headers: { authorization: who } })
    const [caught] = await catcher.list(1)
    for (const path of ['/mail', `/mail/${caught?.id}`]) {
      const text = await (await pages.request(path, as('operations'))).text()
      expect(text).toContain('&lt;script&gt;alert(1)')
      expect(text).not.toContain(script)
    }
    const listed = await (await pages.request('/v1/mail', as('operations'))).json()
    expect(listed).toMatchObject({ mails: [{ subject: script, to: ['ana@example.com'] }] })
    for (const path of ['/mail', `/mail/${caught?.id}`, '/v1/mail']) {
      expect((await pages.request(path, as('manager'))).status).toBe(403)
      expect((await pages.request(path)).status).toBe(401)
    }
  })
})
