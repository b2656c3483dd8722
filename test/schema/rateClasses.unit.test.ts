import { type GraphQLArgument, getNamedType, isAbstractType, isInputObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'

/** Types that stand for much work: a mutation with one of them in its result or its input must declare its class. */
const largeTypes = new Set(['Operation', 'AssignmentBatch', 'BulkMediaInput', 'UploadTicket'])

const typesOf = (fields: readonly Pick<GraphQLArgument, 'type'>[]) => fields.map(({ type }) => getNamedType(type))

/** Returns the types of arguments, and those of their fields. */
const inputTypesOf = (args: readonly GraphQLArgument[]) =>
  typesOf(args).flatMap((type) => [type, ...(isInputObjectType(type) ? typesOf(Object.values(type.getFields())) : [])])

it('has a rate class for each mutation of many objects', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(({ type, args }) => {
    const result = getNamedType(type)
    const resultTypes = isAbstractType(result) ? schema.getPossibleTypes(result) : [result]
    return [...resultTypes, ...inputTypesOf(args)].some(({ name }) => largeTypes.has(name))
  })
  expect(mutations.length).toBeGreaterThan(8)
  expect(mutations.filter(({ extensions }) => extensions.rateClass === undefined).map(({ name }) => name)).toEqual([])
})
