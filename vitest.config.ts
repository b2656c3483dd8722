import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

/** File that Node itself resolves: graphql works only if all modules load the same copy. */
const graphql = createRequire(import.meta.url).resolve('graphql')

const unitTests = 'test/**/*.unit.test.ts'

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    // Real databases, sockets and ffmpeg on two cores are slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Modules hold no state, so files can share a process: loading and warming up the server per file took half of the time.
    isolate: false,
    unstubEnvs: true,
    // Fields for which graphql-js does not wait any more: see src/server/abandonedFields.ts.
    onUnhandledError: ({ name }) => name !== 'GraphQLError',
    coverage: { include: ['src/**/*.ts', 'worker/**/*.ts'] },
    projects: [
      { extends: true, test: { name: 'unit', include: [unitTests] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: [unitTests],
          globalSetup: ['test/harness/global-setup.ts'],
        },
      },
    ],
  },
})
