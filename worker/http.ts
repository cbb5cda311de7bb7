import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { WantedPort } from '../config.js'
import { CannotStart } from './cannot-start.js'
import { candidates, portTaken } from './embedded/ports.js'
import { codeOf } from './embedded/processes.js'

/** What answers requests; hono's apps do. */
type Answers = (request: Request, env: object) => Response | Promise<Response>

export type Door = {
  port: number
  /** From now on requests are answered by this; before, with 503. */
  open: (answers: Answers) => void
  close: () => Promise<void>
}

/** A person's request is over by then; what waits longer is cut off. */
const goodbyeMs = 5_000

/**
 * Takes the port before anything else is started: whether it is free is known at once, and nobody else gets it.
 * @throws CannotStart
 */
export async function openDoor(wanted: WantedPort, host: string): Promise<Door> {
  let answers: Answers = () =>
    Response.json({ ready: false, checks: { start: 'not finished' } }, { status: 503 })
  for (const port of candidates(wanted)) {
    const server = createAdaptorServer({
      fetch: (request, env) => answers(request, env),
      overrideGlobalObjects: false,
    })
    const error = await listen(server, port, host)
    if (error === null) {
      return {
        port,
        open: to => {
          answers = to
        },
        close: () => close(server),
      }
    }
    const code = codeOf(error)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new CannotStart(`HOST ${host} is no address of this machine.`)
    }
    if (code === 'EACCES' && wanted.given)
      throw new CannotStart(`Port ${port} (${wanted.key}) may not be used (EACCES).`)
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
  }
  throw portTaken(wanted)
}

type HttpServer = ReturnType<typeof createAdaptorServer>

function listen(server: HttpServer, port: number, host: string): Promise<Error | null> {
  return new Promise(resolve => {
    server.once('error', resolve)
    server.listen(port, host, () => {
      server.removeListener('error', resolve)
      resolve(null)
    })
  })
}

async function close(server: HttpServer): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  if (isHttp1(server)) {
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), goodbyeMs).unref()
  }
  await closed
}

function isHttp1(server: HttpServer): server is Server {
  return 'closeAllConnections' in server
}
