import { readFile } from 'node:fs/promises'
import { isInterfaceType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'
import { printSchemaSorted } from '../../src/schema/print.ts'
import { nodeNames } from '../../src/services/kernel/ids.ts'

it('matches the committed schema.graphql', async () => {
  const committed = await readFile(new URL('../../src/schema/schema.graphql', import.meta.url), 'utf8')
  // `npm run schema` updates the file; reviewers and clients read the diff.
  expect(committed).toBe(printSchemaSorted(schema))
})

it('has one node type for each type of id', () => {
  const node = schema.getType('Node')
  const types = isInterfaceType(node) ? schema.getPossibleTypes(node) : []
  expect(types.map(({ name }) => name).toSorted()).toEqual(nodeNames.toSorted())
})
