import { join } from 'node:path'
import { defineConfig } from 'prisma/config'

// Uses the WebAssembly build of Prisma's schema engine, so that the CLI downloads no binary.
process.env.PRISMA_SCHEMA_ENGINE_BINARY = join(import.meta.dirname, 'prisma', 'schema-engine.mjs')
// Disables the CLI's check for new versions, which needs the network.
process.env.CHECKPOINT_DISABLE ??= '1'

export default defineConfig({
  schema: join('prisma', 'schema.prisma'),
  migrations: { path: join('prisma', 'migrations') },
  // `generate` and `validate` work without a URL.
  datasource: { url: process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL ?? '' },
})
