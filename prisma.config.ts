import { join } from 'node:path'
import { defineConfig } from 'prisma/config'

// Prisma would download its schema engine as a binary: ours is the same one in WebAssembly.
process.env.PRISMA_SCHEMA_ENGINE_BINARY = join(import.meta.dirname, 'prisma', 'schema-engine.mjs')
// No questions about newer versions over the network.
process.env.CHECKPOINT_DISABLE ??= '1'

export default defineConfig({
  schema: join('prisma', 'schema.prisma'),
  migrations: { path: join('prisma', 'migrations') },
  // Without a URL, `generate` and `validate` still work.
  datasource: { url: process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL ?? '' },
})
