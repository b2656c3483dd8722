import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'
import { printSchemaSorted } from '../../src/schema/print.ts'

it('is committed as the code prints it', async () => {
  const committed = await readFile(new URL('../../src/schema/schema.graphql', import.meta.url), 'utf8')
  // `npm run schema` writes it anew; clients read the difference.
  expect(committed).toBe(printSchemaSorted(schema))
})
