import type { GraphQLObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'

const resolve = (field: string, row: object): unknown => {
  const type = schema.getType('Media') as GraphQLObjectType // as: an object type
  const { resolve: resolver } = type.getFields()[field] ?? {}
  return resolver?.(row, {}, {}, { path: { key: field, prev: undefined }, parentType: type } as never) // as: all that the Prisma plugin reads
}

const currentVersion = { id: '1', number: 1, failure: null, width: null, height: 480 }

it('A field of a related row is read where the row is there', () => {
  expect(resolve('height', { id: '1', currentVersion })).toBe(480)
})

it('A column of a related row may be null', () => {
  expect(resolve('width', { id: '1', currentVersion })).toBeNull()
})

it.for([
  ['the related row is', { id: '1' }],
  ['a column of it is', { id: '1', currentVersion: { ...currentVersion, height: undefined } }],
] as const)('A field is loaded where %s missing', ([, row]) => {
  expect(() => resolve('height', row)).toThrow(/fieldNodes/) // the Prisma plugin begins to plan a statement
})
