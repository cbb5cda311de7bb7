/** The workflows as the worker loads them: bundled once per change of their sources, since bundling takes seconds. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker'
import { codeOf } from './embedded/processes.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** All that a bundle is made of: the linter lets workflows import nothing else of ours. */
const sources = ['workflows', 'domain']

/** @param folder keeps the bundle; where it cannot be written, it is made anew each time */
export async function workflowBundle(folder: string): Promise<WorkflowBundleOption> {
  const name = `workflows-${await hashOfSources()}.js`
  const file = join(folder, name)
  if ((await readFile(file).catch(() => null)) !== null) return { codePath: file }
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  })
  try {
    // A process that is killed while it writes must not leave half a bundle under the right name.
    await writeFile(`${file}.${process.pid}`, code)
    await rename(`${file}.${process.pid}`, file)
    await removeOthers(folder, name)
    return { codePath: file }
  } catch (error) {
    if (codeOf(error) === null) throw error
    return { code }
  }
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of [...(await filesIn(sources)), 'package-lock.json']) {
    hash.update(`${file}\0`).update(await readFile(join(root, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

async function filesIn(folders: string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async folder => {
      const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
      const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
      return files.map(file => file.slice(root.length))
    }),
  )
  return found.flat().sort()
}

async function removeOthers(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^workflows-[0-9a-f]{16}\.js$/.test(name) && name !== kept)
      await rm(join(folder, name), { force: true })
  }
}
