import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyFolder } from '../../cli/reset.js'
import { holdFolder } from '../../worker/embedded/instance.js'
import {
  canEnter,
  choosePostgresPlace,
  recordCluster,
  removeOutside,
} from '../../worker/embedded/postgres-place.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadline-folder-'))
  await chmod(folder, 0o755)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a folder for another user', () => {
  const stranger = { uid: 61_234, gid: 61_234 }

  it.each([
    [0o755, true],
    [0o711, true],
    [0o700, false],
    [0o750, false],
  ])('with the mode %o above it can be entered: %s', async (mode, expected) => {
    const isReachable = await canEnter(folder, stranger)
    await mkdir(join(folder, 'private', 'cluster'), { recursive: true })
    await chmod(join(folder, 'private', 'cluster'), 0o755)
    await chmod(join(folder, 'private'), mode)
    expect(await canEnter(join(folder, 'private', 'cluster'), stranger)).toBe(expected && isReachable)
    expect(await canEnter(join(folder, 'private', 'cluster'), null)).toBe(true)
  })
})

describe('the place of the database', () => {
  const isRoot = process.getuid?.() === 0

  it('is in the data folder where Postgres can get there', async () => {
    const place = await choosePostgresPlace(folder, join(folder, 'elsewhere'))
    expect(place).toMatchObject({ cluster: join(folder, 'postgres'), isRecorded: false, note: null })
  })

  it.runIf(isRoot)(
    'is elsewhere below a home of root’s that nobody else may enter, and stays there',
    async () => {
      const home = join(folder, 'home')
      await mkdir(home, { mode: 0o700 })
      const elsewhere = join(folder, 'elsewhere')
      const place = await choosePostgresPlace(home, elsewhere)
      expect(place.cluster.startsWith(elsewhere)).toBe(true)
      expect(place.note).toContain(place.cluster)
      await recordCluster(home, place.cluster)
      await chmod(home, 0o755)
      expect(await choosePostgresPlace(home, elsewhere)).toMatchObject({
        cluster: place.cluster,
        isRecorded: true,
      })
    },
  )

  it('never takes over the database of a data folder that was deleted, nor deletes it', async () => {
    const cluster = join(folder, 'elsewhere', 'postgres')
    await mkdir(cluster, { recursive: true })
    await writeFile(join(cluster, 'PG_VERSION'), '18\n')
    await mkdir(join(folder, 'home'))
    await recordCluster(join(folder, 'home'), cluster)
    const [kept = '', ...others] = await readdir(join(folder, 'elsewhere'))
    expect(kept).toMatch(/^postgres\.\d+$/)
    expect(others).toEqual([])
  })
})

describe('a reset', () => {
  it('deletes what Leadline made, and nothing else', async () => {
    for (const name of ['keys.json', 'leadline.log', 'workflows-0123456789abcdef.js', 'thesis.txt']) {
      await writeFile(join(folder, name), '')
    }
    await mkdir(join(folder, 'mail'))
    expect(await emptyFolder(folder)).toEqual(['thesis.txt'])
    expect(await readdir(folder)).toEqual(['thesis.txt'])
  })

  it('leaves nothing of the demo, of a database that was set aside, or of a file that was half written', async () => {
    const demo = join(folder, 'demo')
    for (const name of ['postgres.1764590400000', 'demo/postgres', 'demo/mail']) {
      await mkdir(join(folder, name), { recursive: true })
    }
    for (const name of [
      'demo-run',
      'demo-1a2b3c4d.promised',
      'demo.csv',
      'demo.csv.rejected.csv',
      'keys.json',
    ]) {
      await writeFile(join(demo, name), '')
    }
    await writeFile(join(demo, 'postgres.json'), JSON.stringify({ cluster: join(demo, 'postgres') }))
    for (const name of ['runtime.json.4711.new', 'workflows-0123456789abcdef.js.4711', 'postgres.password']) {
      await writeFile(join(folder, name), '')
    }
    expect(await emptyFolder(folder)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  it('leaves a folder alone that only has the name of the demo’s', async () => {
    await mkdir(join(folder, 'demo', 'mail'), { recursive: true })
    expect(await emptyFolder(folder)).toEqual(['demo'])
    expect(await readdir(join(folder, 'demo'))).toEqual(['mail'])
  })

  it('is refused, before anything is deleted, while the demo runs', async () => {
    const demo = join(folder, 'demo')
    const hold = await holdFolder(demo)
    await writeFile(join(demo, 'postgres.json'), JSON.stringify({ cluster: join(demo, 'postgres') }))
    await writeFile(join(folder, 'keys.json'), '{}')
    await expect(emptyFolder(folder)).rejects.toThrow(`already runs on ${demo}`)
    expect(await readdir(folder)).toContain('keys.json')
    await hold.release()
  })

  it('takes the programs and the database along that were put outside it', async () => {
    const elsewhere = join(folder, 'elsewhere')
    const home = join(folder, 'home')
    const name = `leadline-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`
    await mkdir(join(elsewhere, name, 'programs'), { recursive: true })
    await mkdir(join(elsewhere, 'leadline-of-another'))
    await removeOutside(home, elsewhere)
    expect(await readdir(elsewhere)).toEqual(['leadline-of-another'])
  })

  it('is refused while an instance runs on the folder', async () => {
    const hold = await holdFolder(folder)
    await writeFile(join(folder, 'keys.json'), '{}')
    await expect(emptyFolder(folder)).rejects.toThrow('Leadline already runs')
    expect(await readdir(folder)).toContain('keys.json')
    await hold.release()
  })
})
