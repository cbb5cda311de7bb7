import './node-version.mjs'

const { leadline } = await import('./leadline.mjs')
process.exitCode = await leadline(['start', ...process.argv.slice(2)])
