#!/usr/bin/env node
import '../scripts/node-version.mjs'

const { leadline } = await import('../scripts/leadline.mjs')
process.exitCode = await leadline(process.argv.slice(2))
