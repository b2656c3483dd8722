import { isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'

const oneParameter = /^(?:\(\{[^()={}]*\}\)|\(\w+\s*\)|\w+)\s*=>/

it('A resolver with one parameter has no others with default values', () => {
  const faults = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields()).map(({ name, resolve }) => ({ place: `${type.name}.${name}`, resolve })),
    )
    .filter(({ resolve }) => resolve?.length === 1 && !oneParameter.test(String(resolve)))
    .map(({ place, resolve }) => `${place}: ${resolve}`)
  expect(faults).toEqual([])
})
