import { createServer } from 'node:net'
import type { WantedPort } from '../../config.js'
import { CannotStart } from '../cannot-start.js'
import { codeOf } from './processes.js'

/** How far a default goes on looking. */
const tries = 50

/**
 * A port that can be listened on: the wanted one, or, where nobody chose it and it is taken, one of the next.
 * Another program may take it before it is used.
 * @param except ports that are given away already, though nobody listens yet
 * @throws CannotStart where a person set the port and it is taken, or nothing near a default is free
 */
export async function choosePort(wanted: WantedPort, host: string, except: number[] = []): Promise<number> {
  for (const port of candidates(wanted)) {
    if (!except.includes(port) && (await isFree(port, host))) return port
  }
  throw portTaken(wanted)
}

/** The wanted port alone where a person set it, else it and those after it. */
export function candidates({ port, given }: WantedPort): number[] {
  const count = given ? 1 : Math.min(tries, 65_536 - port)
  return Array.from({ length: count }, (_, index) => port + index)
}

export function portTaken({ key, port, given }: WantedPort): CannotStart {
  return new CannotStart(
    given
      ? `Port ${port} (${key}) is in use. Stop what uses it, or set ${key} to another port.`
      : `No free port from ${port} on. Set ${key} to one that is free.`,
  )
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', error => {
      const code = codeOf(error)
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
