import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect as connectSocket } from 'node:net'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { leadId } from '../../domain/ids.js'
import { type ApiUnderTest, apiUnderTest } from './api-under-test.js'
import { assignLead } from './people-in-sales.js'

describe('over the wire', () => {
  let api: ApiUnderTest
  let server: ServerType
  let url: string
  beforeAll(async () => {
    api = await apiUnderTest()
    server = createAdaptorServer({ fetch: api.app.fetch })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${portOf(server)}`
  })
  afterAll(async () => {
    server.close()
    await api.close()
  })

  const headers = () => ({
    authorization: `Bearer ${api.keyOf('website')}`,
    'content-type': 'application/json',
  })

  it('a sender waits and learns who owns the lead, then reads it', async () => {
    const key = randomUUID()
    const post = (query: string) =>
      fetch(`${url}/v1/leads${query}`, {
        method: 'POST',
        headers: { ...headers(), 'idempotency-key': key },
        body: '{"source":"contact-form","email":"ada@example.com"}',
      })
    const first = await post('')
    expect(first.status).toBe(202)
    const lead = z.object({ leadId }).parse(await first.json()).leadId
    const waiting = post('?wait=10')
    await assignLead(api.db, lead, 'ana')
    const second = await waiting
    expect(second.status).toBe(200)
    expect(await second.json()).toMatchObject({ leadId: lead, owner: { id: 'ana' } })
    const read = await fetch(`${url}/v1/leads/${lead}`, { headers: headers() })
    expect(await read.json()).toMatchObject({ leadId: lead, owner: { id: 'ana' } })
  })

  it('a body without a stated length ends at 256 KiB', async () => {
    const sent = request(`${url}/v1/leads`, {
      method: 'POST',
      headers: { ...headers(), 'transfer-encoding': 'chunked' },
    })
    const answer = new Promise<IncomingMessage>(resolve => sent.once('response', resolve))
    sent.on('error', () => {})
    sent.write('{"source":"contact-form","other":"')
    for (let chunk = 0; chunk < 40; chunk++) sent.write('x'.repeat(8 * 1024))
    sent.end('"}')
    const response = await answer
    expect(response.statusCode).toBe(413)
    response.resume()
  })

  it('a sender who hangs up before the lead is settled leaves a durable lead', async () => {
    const key = randomUUID()
    const body = '{"source":"contact-form"}'
    const socket = connectSocket(portOf(server), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `POST /v1/leads?wait=10 HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers().authorization}\r\n` +
        `Content-Type: application/json\r\nIdempotency-Key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await expect
      .poll(async () => {
        const found = await api.db.query('select 1 from submissions where idempotency_key = $1', [key])
        return found.rowCount
      })
      .toBe(1)
    socket.destroy()
  })
})

function portOf(server: ServerType): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}
