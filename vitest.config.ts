import { defineConfig } from 'vitest/config'

/** Tests that need neither Postgres nor Temporal: `npx vitest run test/domain` starts no server. */
const withoutServers = ['test/domain/**/*.test.ts', 'test/cases/**/*.test.ts', 'test/scripts/**/*.test.ts']

/** Slow ones, for `npm run prove` alone: elsewhere they are not there, so that none is skipped. */
const proofs = ['test/**/*.proof.ts']

// vitest reads a default export.
export default defineConfig({
  test: {
    // A test with servers keeps a worker, a JVM, Temporal and Postgres busy: two at a time fill a small machine.
    maxWorkers: 2,
    reporters: ['default', './test/reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['domain/**', 'workflows/**', 'activities/**', 'adapters/**', 'db/**', 'api/**'],
    },
    projects: [
      { test: { name: 'domain', include: withoutServers, testTimeout: 30_000 } },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', ...proofs],
          exclude: [...withoutServers, ...(process.env.LEADLINE_PROVE === '1' ? [] : proofs)],
          globalSetup: ['test/setup/global.ts'],
          // Child processes: Temporal's native code does not like to be loaded by several threads of one process.
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
