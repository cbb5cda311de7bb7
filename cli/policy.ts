import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { currentPolicy, loadPolicy } from '../db/policies.js'
import { instant } from '../domain/ids.js'
import { formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { openInstance } from './open.js'

/** `leadline policy`: exit code 1 where the document is wrong, with `file:line:column: what` for each error. */
export function policyCommand(): Command {
  const policy = new Command('policy').description('load and check the policy')
  policy
    .command('check')
    .argument('<file>', 'a policy document')
    .description('read a document and list what is wrong in it; needs no server')
    .action(async (file: string) => {
      const holidayYears = holidayYearsAround(Date.now())
      const parsed = parsePolicy(await readFile(file, 'utf8'), file, { holidayYears })
      if (parsed.ok)
        console.log(`${file}: a policy (${parsed.policy.policy}), ${parsed.policy.rules.length} rules`)
      else complain(formatPolicyErrors(parsed.errors, file))
    })
  policy
    .command('load')
    .argument('<file>', 'a policy document')
    .option('--reason <text>', 'why, for the record', 'loaded by hand')
    .option('--by <id>', 'who publishes it', 'cli')
    .description('check a document against the people and publish it as the next version')
    .action(async (file: string, { reason, by }: { reason: string; by: string }) => {
      const instance = await openInstance()
      try {
        const atMs = instant(Date.now())
        const document = await readFile(file, 'utf8')
        const loaded = await loadPolicy(instance.db, { document, fileName: basename(file), by, reason, atMs })
        if (!loaded.ok) complain(formatPolicyErrors(loaded.errors, file))
        else
          console.log(
            loaded.isNew
              ? `Published as version ${loaded.version}.`
              : `This is version ${loaded.version} already.`,
          )
      } finally {
        await instance.close()
      }
    })
  policy
    .command('show')
    .description('print the number and name of the version in force')
    .action(async () => {
      const instance = await openInstance()
      try {
        const { version, policy } = await currentPolicy(instance.db)
        console.log(`Version ${version}: ${policy.policy}`)
      } finally {
        await instance.close()
      }
    })
  return policy
}

function complain(lines: string): void {
  console.error(lines)
  process.exitCode = 1
}
