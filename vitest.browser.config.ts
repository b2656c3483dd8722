import { defineConfig } from 'vitest/config'

// `npm run test:browser`: tests that need Chromium, which `npm test` does not require.
export default defineConfig({
  test: { include: ['test/browser/**/*.browser.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
})
