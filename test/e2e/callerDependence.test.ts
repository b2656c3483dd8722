import { execute, type GraphQLField, getNamedType, isObjectType, parse } from 'graphql'
import { describe, expect } from 'vitest'
import { schema } from '../../src/resolvers/index.ts'
import { createContext } from '../../src/schema/context.ts'
import { createCallerDependence } from '../../src/server/plugins/callerDependence.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { watchActor } from '../../src/services/kernel/watchedActor.ts'
import { callOf } from '../harness/fieldCall.ts'
import { it, prismaTypes } from '../harness/nodeIt.ts'
import type { World } from '../harness/world.ts'

const prismaTypeNames = new Set(prismaTypes.map(({ name }) => name))
const dependsOnCaller = createCallerDependence(schema)

/** Selection of a field, with everything below it that belongs to no other stored object. */
const selectionOf = (called: GraphQLField<unknown, unknown>): string => {
  const { name, type } = called
  const named = getNamedType(type)
  if (!isObjectType(named))
    return 'getFields' in named || 'getTypes' in named ? `${name} { __typename }` : callOf(called)
  if (prismaTypeNames.has(named.name)) return `${name} { __typename }`
  return `${name} { ${Object.values(named.getFields()).map(selectionOf).join(' ')} }`
}

/** Whether the caller's identity is read while a field of a node is resolved. Every caller sees the node. */
const readsCaller = async ({ runtime }: World, source: string, id: string, role: UserActor['role']) => {
  let isRead = false
  const actor = watchActor({ type: 'user', userId: crypto.randomUUID(), role, requestId: null }, () => {
    isRead = true
  })
  const services = {
    ...runtime.services,
    nodes: { findVisible: async (_: unknown, ids: readonly string[]) => [...ids] },
  }
  const contextValue = createContext(services, { actor, requestId: 'test' })
  const result = await execute({ schema, document: parse(source), contextValue, variableValues: { id } })
  expect(result.data?.['node'] ?? result.errors, source).toBeTruthy()
  return isRead
}

describe('a type of a stored object', () => {
  it.for(prismaTypes)(
    'declares the fields of $name that depend on who the caller is',
    async (type, { world, nodeIds }) => {
      const id = nodeIds.get(type.name) ?? ''
      for (const field of Object.values(type.getFields())) {
        const source = `query ($id: ID!) { node(id: $id) { ... on ${type.name} { ${selectionOf(field)} } } }`
        let isRead = false
        for (const role of ['VIEWER', 'EDITOR', 'ADMIN'] as const) isRead ||= await readsCaller(world, source, id, role)
        expect(dependsOnCaller(parse(source), null), `${type.name}.${field.name} has dependsOnCaller`).toBe(isRead)
      }
    },
  )
})

describe('the types that a subscription can reach', () => {
  /** Object types that a selection below a type can reach. */
  const reach = (name: string, found = new Set<string>()): Set<string> => {
    const type = schema.getType(name)
    if (type === undefined || found.has(name)) return found
    found.add(name)
    const next = isObjectType(type) ? Object.values(type.getFields()).map((field) => getNamedType(field.type).name) : []
    const members = type && 'getTypes' in type ? type.getTypes().map((member) => member.name) : []
    for (const other of [...next, ...members]) reach(other, found)
    return found
  }

  /** Holds only an id, a kind and a stored object: nothing of it depends on the caller. */
  const eventTypes = ['LibraryChange']

  it('are all reached from a stored object', () => {
    const rootTypes = Object.values(schema.getSubscriptionType()?.getFields() ?? {}).map(
      ({ type }) => getNamedType(type).name,
    )
    expect(rootTypes.filter((name) => !prismaTypeNames.has(name))).toEqual(eventTypes)
    const interfaces = [...reach('Subscription')].filter((name) => 'resolveType' in (schema.getType(name) ?? {}))
    expect(interfaces).toEqual([])
  })
})
