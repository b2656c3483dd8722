import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import pg from 'pg'
import { describe, expect, vi } from 'vitest'
import { nameOrdered } from '../../src/services/kernel/nameOrder.ts'
import { createValues } from '../harness/documents/values.ts'
import { createRandom } from '../harness/random.ts'
import { it, printedSchema, seed } from './differentialIt.ts'

const marker = 'zq7marker'
const texts = [
  ...[
    `'; DROP TABLE "Media"; -- ${marker}`,
    `" \\' $$${marker}$$ $1 /*`,
    `%_${marker}% \\u0027 \0`,
    `{"a":"${marker}",'x'}`,
    `1;${marker}`,
  ],
  marker.repeat(300),
]
/** Cursors whose keys are hostile texts. */
const cursors = [nameOrdered('courses'), 'events:AT', nameOrdered('mediaList:FILE_NAME:ASC')].map((list) =>
  Buffer.from(JSON.stringify([list, [texts[0], texts[1]]])).toString('base64url'),
)

type Field = GraphQLField<unknown, unknown>

/** Hostile values for an input type, with one hostile text in each. */
const hostileValues = (type: GraphQLInputType, name: string): unknown[] => {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return hostileValues(nullable.ofType, name).map((value) => [value])
  if (isInputObjectType(nullable))
    return Object.values(nullable.getFields()).flatMap((field) =>
      hostileValues(field.type, field.name).map((value) => ({
        ...requiredFieldsOf(nullable.name),
        [field.name]: value,
      })),
    )
  if (name === 'after' || name === 'before') return [...texts, ...cursors]
  return nullable.name === 'ID' ? [...texts, ...texts.slice(0, 2).map((text) => `Media:${text}`)] : texts
}

const requiredFieldsOf = (type: string): object =>
  type === 'ResourceRef'
    ? { type: 'course', externalId: '1' }
    : type === 'MediaOrder'
      ? { by: 'SIZE', direction: 'ASC' }
      : {}

/** Fields with arguments that queries can reach: their type, and what has to be written around them. */
const places = (nodeIds: Map<string, string[]>): { type: GraphQLObjectType; wrap: (selection: string) => string }[] =>
  Object.values(printedSchema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type)) return []
    const id = nodeIds.get(type.name)?.[0]
    if (type.name === 'Query') return [{ type, wrap: (selection: string) => selection }]
    if (type.name === 'StorageAnalytics')
      return [{ type, wrap: (selection: string) => `analytics { storage { ${selection} } }` }]
    if (type.name === 'MediaFacets') return [{ type, wrap: (selection: string) => `mediaFacets { ${selection} }` }]
    return id === undefined
      ? []
      : [{ type, wrap: (selection: string) => `node(id: "${id}") { ... on ${type.name} { ${selection} } }` }]
  })

const selectionOf = (field: Field): string => {
  const type = getNamedType(field.type)
  if (!isCompositeType(type)) return ''
  return type.name.endsWith('Connection') ? '{ totalCount edges { cursor } }' : '{ __typename }'
}

describe('a hostile value', () => {
  it('reaches the database only as a parameter, in every argument', async ({ answers }) => {
    const createValue = createValues(answers.pool)
    const sent: { text: string; values: string }[] = []
    const query = vi.spyOn(pg.Client.prototype, 'query')
    const random = createRandom(seed)
    const faults: string[] = []
    let requestCount = 0

    const ask = async (field: Field, hostile: GraphQLArgument, value: unknown, wrap: (selection: string) => string) => {
      const others = field.args.filter((argument) => argument !== hostile && isRequiredArgument(argument))
      const args = [hostile, ...others]
      const declarations = args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
      const call = `${field.name}(${args.map(({ name }) => `${name}: $${name}`).join(', ')}) ${selectionOf(field)}`
      const coordinate = `Query.${field.name}`
      const variables = Object.fromEntries(
        others.map(({ name, type }) => [name, createValue(random, type, { name, coordinate, returns: 'Media' })]),
      )
      const operation = {
        query: `query (${declarations}) { ${wrap(call)} }`,
        variables: { ...variables, [hostile.name]: value },
      }
      requestCount += 1
      const { text } = await answers.server('admin', operation)
      if (text.includes('INTERNAL_SERVER_ERROR'))
        faults.push(`${operation.query} ${JSON.stringify(value).slice(0, 200)} ${text}`)
    }
    try {
      for (const { type, wrap } of places(answers.pool.ids))
        for (const field of Object.values(type.getFields()))
          for (const argument of field.args) {
            const values = hostileValues(argument.type, argument.name)
            await Promise.all(values.map((value) => ask(field, argument, value, wrap)))
            for (const [first, second] of query.mock.calls as unknown[][]) {
              const { text, values: parameters } = (
                typeof first === 'string' ? { text: first, values: second } : first
              ) as Record<string, unknown> // as: the forms in which pg takes a query
              if (String(text).includes(marker)) faults.push(`In a statement: ${text}`)
              sent.push({ text: String(text), values: JSON.stringify(parameters) ?? '' })
            }
            query.mockClear()
          }
    } finally {
      query.mockRestore()
    }
    expect(faults.slice(0, 5)).toEqual([])
    expect(requestCount).toBeGreaterThan(500)
    expect(sent.filter(({ values }) => values.includes(marker)).length).toBeGreaterThan(50)
  })
})
