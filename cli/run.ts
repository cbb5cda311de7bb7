import type { Running } from '../worker/main.js'

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Starts, and runs until somebody asks for the end or something breaks; then stops in order. A signal during the start,
 * or a second one during the stop, ends the process at once: whatever it leaves, the next start puts in order.
 */
export async function runUntilStopped(
  start: () => Promise<Running>,
  whenReady: (running: Running) => Promise<void>,
): Promise<void> {
  let resolveAsked: () => void = () => {}
  const asked = new Promise<null>(resolve => {
    resolveAsked = () => resolve(null)
  })
  let isRunning = false
  for (const signal of signals) {
    process.on(signal, () => {
      if (!isRunning) process.exit(exitCodes[signal])
      isRunning = false
      resolveAsked()
    })
  }
  const running = await start()
  isRunning = true
  await whenReady(running)
  const reason = await Promise.race([asked, running.broken])
  console.log(reason === null ? 'Stopping …' : `${reason} Stopping …`)
  await running.stop()
  console.log('Stopped.')
  // What is left is timers and sockets that nobody waits for.
  process.exit(reason === null ? 0 : 1)
}
