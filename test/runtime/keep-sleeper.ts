/** Starts a server beside itself and runs until it is killed. */
import pino from 'pino'
import { keepChild } from '../../worker/embedded/child.js'
import { sleep, sleeperIn } from './sleeper.js'

const [folder = ''] = process.argv.slice(2)
await keepChild(sleeperIn(folder, sleep), pino({ level: 'silent' }), () => {})
setInterval(() => {}, 1_000)
