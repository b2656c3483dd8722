import { defineConfig } from 'vitest/config'
import tests from './vitest.config.ts'

// `npm run test:browser`: tests that need Chromium, which `npm test` does not require.
export default defineConfig({
  resolve: tests.resolve,
  test: {
    include: ['test/browser/**/*.browser.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    testTimeout: 60_000,
    // Pages of a busy machine take longer than the default of one second.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
