/** `leadline`: one command per file. Only the file of the command that is asked for is loaded. */
import { Command, CommanderError } from 'commander'
import { ConfigError, version } from '../config.js'
import { CannotStart } from '../worker/cannot-start.js'

type Load = () => Promise<Command>

const commands: Record<string, Load> = {
  start: async () => (await import('./start.js')).startCommand(),
  stop: async () => (await import('./stop.js')).stopCommand(),
  reset: async () => (await import('./reset.js')).resetCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  demo: async () => (await import('./demo.js')).demoCommand(),
  import: async () => (await import('./import.js')).importCommand(),
  lead: async () => (await import('./lead.js')).leadCommand(),
  rep: async () => (await import('./rep.js')).repCommand(),
  people: async () => (await import('./people.js')).peopleCommand(),
  policy: async () => (await import('./policy.js')).policyCommand(),
  calendar: async () => (await import('./calendar.js')).calendarCommand(),
  turns: async () => (await import('./turns.js')).turnsCommand(),
  shadow: async () => (await import('./shadow.js')).shadowCommand(),
  verify: async () => (await import('./verify.js')).verifyCommand(),
  api: async () => (await import('./api.js')).apiCommand(),
  worker: async () => (await import('./worker.js')).workerCommand(),
  migrate: async () => (await import('./migrate.js')).migrateCommand(),
}

process.exitCode = await main(process.argv)

async function main(argv: string[]): Promise<number> {
  const program = new Command('leadline')
    .description('Lead assignment that cannot drop a lead.')
    .version(version())
    .showHelpAfterError('(--help says what there is)')
    .exitOverride()
  const asked = commands[argv[2] ?? '']
  for (const load of asked === undefined ? Object.values(commands) : [asked]) {
    program.addCommand((await load()).copyInheritedSettings(program))
  }
  try {
    await program.parseAsync(argv)
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    // Help, the version and wrong arguments: commander has said it already.
    if (error instanceof CommanderError) return error.exitCode
    if (!(error instanceof CannotStart || error instanceof ConfigError)) throw error
    console.error(error.message)
    // The Temporal SDK's threads, once they run, would keep a process alive that has nothing left to do.
    process.exit(1)
  }
}
