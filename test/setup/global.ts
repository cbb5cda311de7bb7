import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import type { TestProject } from 'vitest/node'
import { browser } from '../../scripts/browser.mjs'
import { silent } from '../../scripts/progress.mjs'
import { here } from '../../scripts/setup.mjs'
import { temporalCli } from '../../scripts/temporal-cli.mjs'
import { testServer } from '../../scripts/test-server.mjs'
import { find } from '../../scripts/ways.mjs'
import { type Keeper, startKeeper } from './keeper.js'
import { startPostgres } from './postgres.js'
import { startTemporal } from './temporal.js'

declare module 'vitest' {
  /** What test files get by `inject(…)`. */
  interface ProvidedContext {
    /** Superuser, database `postgres`; a test takes a database of its own by databaseFromTemplate. */
    databaseUrl: string
    /** `host:port` of a development server in memory, namespace `default`, search attributes registered. */
    temporalAddress: string
    /** The workflows, bundled once: `workflowBundle: { codePath }`. */
    workflowBundlePath: string
    /** The program of the time-skipping server; createTimeSkipping in ./time-skipping.ts starts one. */
    testServerPath: string
    /** Null where a run without `npm test` found no browser. */
    chromiumPath: string | null
  }
}

/** Starts the servers that all files of the run share; vitest calls it once, before the first of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = await findPrograms()
  const keeper = await startKeeper()
  const starting = [
    startPostgres(keeper),
    startTemporal(programs.temporalCli, keeper),
    bundleWorkflows(keeper),
  ] as const
  const [postgres, temporal, workflowBundlePath] = await Promise.all(starting).catch(
    async (error: unknown) => {
      await Promise.allSettled(starting)
      await keeper.endAll()
      throw error
    },
  )
  project.provide('databaseUrl', postgres.databaseUrl)
  project.provide('temporalAddress', temporal.address)
  project.provide('workflowBundlePath', workflowBundlePath)
  project.provide('testServerPath', programs.testServer)
  project.provide('chromiumPath', programs.chromium)
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()])
    await keeper.close()
  }
}

async function findPrograms(): Promise<{ temporalCli: string; testServer: string; chromium: string | null }> {
  const place = { ...here(), progress: silent }
  const [cli, server, chromium] = await Promise.all([
    find(temporalCli(place), place),
    find(testServer(place), place),
    find(browser(place), place),
  ])
  const missing =
    cli === null ? 'a Temporal server' : server === null ? 'the time-skipping test server' : null
  if (cli === null || server === null) {
    throw new Error(
      `${missing} is not on this machine yet. Run \`npm test\` once: it sets up what is missing.`,
    )
  }
  return { temporalCli: cli, testServer: server, chromium }
}

/** Bundling takes seconds of a core; done once, every worker of every test loads the same file. */
async function bundleWorkflows(keeper: Keeper): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url))
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
  const file = join(keeper.folder, 'workflows.js')
  await writeFile(file, code)
  return file
}
