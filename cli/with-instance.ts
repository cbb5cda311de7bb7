import { readFile } from 'node:fs/promises'
import { CannotStart } from '../worker/cannot-start.js'
import { type OpenInstance, openInstance } from './open.js'

/** Opens the instance for one piece of work and closes it, whatever comes of it. */
export async function withInstance<Result>(
  work: (instance: OpenInstance) => Promise<Result>,
): Promise<Result> {
  const instance = await openInstance()
  try {
    return await work(instance)
  } finally {
    await instance.close()
  }
}

/** @throws CannotStart where there is nothing to read */
export async function readDocument(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') throw new CannotStart(`${file}: there is no such file`)
    if (code === 'EISDIR') throw new CannotStart(`${file}: this is a folder; expected a file`)
    throw error
  }
}
