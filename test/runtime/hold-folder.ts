/** Holds a data folder in a process of its own: says whether it got it, and keeps it until it is killed. */
import { holdFolder } from '../../worker/embedded/instance.js'

const [home = ''] = process.argv.slice(2)
try {
  await holdFolder(home)
  console.log('held')
  setInterval(() => {}, 1_000)
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error))
}
