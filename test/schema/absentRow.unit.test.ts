import type { GraphQLObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'
import { systemActor } from '../../src/services/kernel/actor.ts'

it('A field of a related row that does not exist needs no further read', async () => {
  const type = schema.getType('Assignment') as GraphQLObjectType // as: an object type
  const { resolve } = type.getFields()['viewerCanUndo'] ?? {}
  const row = { id: '1', status: 'CURRENT', assignedById: null, undoableUntil: new Date(0), previous: null }
  const context = { actor: systemActor, loaders: { undoClock: async () => new Date(0) } }
  const info = { path: { key: 'viewerCanUndo', prev: undefined }, parentType: type } as never // as: all that the Prisma plugin reads
  expect(await resolve?.(row, {}, context, info)).toEqual({ decision: null })
})
