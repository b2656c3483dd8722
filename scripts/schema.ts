import { writeFile } from 'node:fs/promises'
import { schema } from '../src/resolvers/index.ts'
import { printSchemaSorted } from '../src/schema/print.ts'

// Behind `npm run schema`: prints the schema of the code to the file that clients and reviewers read.
await writeFile(new URL('../src/schema/schema.graphql', import.meta.url), printSchemaSorted(schema))
