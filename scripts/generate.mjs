// Behind `npm run generate` and npm's `postinstall`: Prisma's client and the typed documents, without which nothing type-checks.
import { ensureGenerated } from './setup/generate.mjs'
import { findNode } from './setup/runtime.mjs'

try {
  ensureGenerated(findNode())
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
