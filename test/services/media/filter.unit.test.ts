import { coerceInputValue, GraphQLInputObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../../src/resolvers/index.ts'
import { isEmptyFilter, type MediaFilter, parseFilter } from '../../../src/services/media/filter.ts'
import { filterFields } from '../../../src/services/media/filterFields.ts'
import { filterFieldNames, filterModel, modelNow } from '../../harness/libraryModel.ts'

const inputType = schema.getType('MediaFilter')
if (!(inputType instanceof GraphQLInputObjectType)) throw new Error('MediaFilter is not an input type')

const isEmpty = (filter: object): boolean => {
  const input = coerceInputValue(filter, inputType) as MediaFilter // graphql does not know the type of its inputs
  return isEmptyFilter(parseFilter(input), modelNow)
}

const filterWithoutEffect = Object.fromEntries(
  filterFieldNames.map((field) => [field, filterModel[field].keepsAll[0] ?? null]),
)

it('has one row for each field of the GraphQL input MediaFilter', () => {
  expect(Object.keys(filterFields).toSorted()).toEqual(Object.keys(inputType.getFields()).toSorted())
})

describe('a filter is empty', () => {
  it.each(filterFieldNames)('if its only field is %s with a value that excludes no media', (field) => {
    for (const value of [null, undefined, ...filterModel[field].keepsAll])
      expect(isEmpty({ [field]: value }), String(value)).toBe(true)
  })

  it('if no value of several fields excludes any media', () => {
    expect(isEmpty(filterWithoutEffect)).toBe(true)
  })
})

describe('a filter is not empty', () => {
  it.each(filterFieldNames)('if its only field is %s with a value that excludes some media', (field) => {
    for (const value of filterModel[field].excludesSome) expect(isEmpty({ [field]: value }), String(value)).toBe(false)
  })

  it('if one value of several fields excludes some media', () => {
    expect(isEmpty({ ...filterWithoutEffect, tagsAny: ['a'] })).toBe(false)
  })
})
