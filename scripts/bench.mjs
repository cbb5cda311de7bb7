import './node-version.mjs'

const { fileURLToPath } = await import('node:url')
const { saidInOneLine } = await import('./leadline.mjs')
const { runInForeground } = await import('./processes.mjs')
const { here, setUpToStart } = await import('./setup.mjs')

process.exitCode = await saidInOneLine(async () => {
  const place = here()
  // A server of its own, whatever the environment names: what is measured must not be somebody's.
  const { TEMPORAL_ADDRESS: _, TEMPORAL_PROFILE: __, TEMPORAL_CONFIG_FILE: ___, ...env } = place.env
  const main = fileURLToPath(new URL('../bench/main.ts', import.meta.url))
  return runInForeground(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)], {
    env: await setUpToStart({ ...place, env }),
    cwd: place.root,
  })
})
