import { type GraphQLField, getNamedType, isLeafType, isObjectType } from 'graphql'
import { describe, expect } from 'vitest'
import { callOf } from '../harness/fieldCall.ts'
import { it, prismaTypes } from '../harness/nodeIt.ts'

/** Selection of a field, with all leaves of what it returns. */
const selectionOf = (called: GraphQLField<unknown, unknown>): string => {
  const { name, type } = called
  const named = getNamedType(type)
  if (!isObjectType(named)) return callOf(called)
  const { edges, ...fields } = named.getFields()
  const leaves = Object.values(fields).filter((field) => isLeafType(getNamedType(field.type)))
  return `${name} { __typename ${leaves.map(callOf).join(' ')} ${edges ? 'edges { cursor }' : ''} }`
}

describe('a type of a stored object', () => {
  it.for(prismaTypes)(
    'resolves each field of $name with the columns that it declares',
    async (type, { world, nodeIds }) => {
      const token = await world.token('admin', 'Root')
      const read = async (selection: string) => {
        const query = `query ($id: ID!) { node(id: $id) { ... on ${type.name} { ${selection} } } }`
        return world.post(token, query, { id: nodeIds.get(type.name) })
      }
      const fields = Object.values(type.getFields())
      const whole = (await read(fields.map(selectionOf).join(' '))) as { data: { node: Record<string, unknown> } }
      expect(whole, JSON.stringify(whole)).not.toHaveProperty('errors')
      for (const field of fields)
        expect(await read(selectionOf(field)), field.name).toEqual({
          data: { node: { [field.name]: whole.data.node[field.name] } },
        })
    },
  )
})
