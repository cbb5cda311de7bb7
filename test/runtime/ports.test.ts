import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { choosePort } from '../../worker/embedded/ports.js'
import { openDoor } from '../../worker/http.js'

const host = '127.0.0.1'
let taken: Server[] = []

afterEach(() => {
  for (const server of taken) server.close()
  taken = []
})

/** A port that somebody listens on. */
function takePort(): Promise<number> {
  const server = createServer()
  taken.push(server)
  return new Promise(resolve =>
    server.listen(0, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    }),
  )
}

describe('ports', () => {
  it('gives way to the next port where nobody chose the one that is taken', async () => {
    const port = await takePort()
    const chosen = await choosePort({ key: 'LEADLINE_POSTGRES_PORT', port, given: false }, host)
    expect(chosen).toBeGreaterThan(port)
  })

  it('refuses a chosen port that is taken, and names the setting', async () => {
    const port = await takePort()
    const wanted = { key: 'LEADLINE_POSTGRES_PORT', port, given: true }
    await expect(choosePort(wanted, host)).rejects.toThrow(`Port ${port} (LEADLINE_POSTGRES_PORT) is in use`)
    await expect(openDoor({ ...wanted, key: 'PORT' }, host)).rejects.toThrow(`Port ${port} (PORT) is in use`)
  })

  it('does not give one port away twice', async () => {
    const port = await takePort()
    const wanted = { key: 'LEADLINE_TEMPORAL_PORT', port, given: false }
    const first = await choosePort(wanted, host)
    expect(await choosePort(wanted, host, [first])).not.toBe(first)
  })

  it('answers that it is not ready until it is, and then answers', async () => {
    const door = await openDoor({ key: 'PORT', port: await takePort(), given: false }, host)
    const url = `http://${host}:${door.port}/readyz`
    expect((await fetch(url)).status).toBe(503)
    door.open(() => new Response('welcome'))
    expect(await (await fetch(url)).text()).toBe('welcome')
    await door.close()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('refuses an address that is not of this machine', async () => {
    await expect(openDoor({ key: 'PORT', port: 4000, given: false }, '192.0.2.1')).rejects.toThrow(
      'HOST 192.0.2.1',
    )
  })
})
