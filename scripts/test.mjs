import './node-version.mjs'

const { runTests } = await import('./tests.mjs')
process.exitCode = await runTests(process.argv.slice(2))
