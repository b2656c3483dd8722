import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

/** The file that Node itself takes: graphql works only where everybody loads the same one. */
const graphql = createRequire(import.meta.url).resolve('graphql')

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    // Real databases, sockets and ffmpeg on two cores: slow is not broken.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
