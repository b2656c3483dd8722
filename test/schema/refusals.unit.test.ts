import { getNamedType, isUnionType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'

it.for(Object.values(schema.getMutationType()?.getFields() ?? {}))(
  '$name can answer that it lost its idempotency lease',
  ({ type }) => {
    const result = getNamedType(type)
    const members = isUnionType(result) ? result.getTypes().map(({ name }) => name) : []
    expect(members).toContain('StateConflictError')
  },
)
