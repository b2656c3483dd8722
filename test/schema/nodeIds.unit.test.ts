import { type GraphQLObjectType, isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'
import { nodeNames } from '../../src/services/kernel/ids.ts'

const id = '0198c5a2-0000-7000-8000-000000000001'

it.each(nodeNames)('The id of %s is resolved without a promise', (name) => {
  const type = schema.getType(name) as GraphQLObjectType // as: a node type
  expect(isObjectType(type)).toBe(true)
  const resolve = type.getFields()['id']?.resolve
  expect(resolve?.({ id }, {}, {}, {} as never)).toBe(`${name}:${id}`) // as: the resolver reads the row alone
})
