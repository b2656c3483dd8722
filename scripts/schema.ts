import { writeFile } from 'node:fs/promises'
import { schema } from '../src/resolvers/index.ts'
import { printSchemaSorted } from '../src/schema/print.ts'

// Part of `npm run schema`: writes the schema to src/schema/schema.graphql, which clients and reviewers read.
await writeFile(new URL('../src/schema/schema.graphql', import.meta.url), printSchemaSorted(schema))
