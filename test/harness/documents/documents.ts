import type { GraphQLSchema } from 'graphql'
import type { Random } from '../random.ts'
import { createArguments } from './arguments.ts'
import { provoke } from './provocations.ts'
import { createSelections } from './selections.ts'
import { createValues, type ValuePool } from './values.ts'

export interface RandomDocument {
  query: string
  variables: Record<string, unknown>
}

/** Makes a valid document invalid. */
const corruptions: ((query: string) => string)[] = [
  (query) => `${query} }`,
  (query) => query.replace('{ ', '{ missing '),
  (query) => query.replace(/\(\$v0: [^,)=]+/, '($v0: Missing'),
  (query) => query.replace('{ ', '{ __typename(first: 1) '),
  (query) => query.replace('{ ', '{ ...Missing '),
  (query) => `${query}\nfragment Unused on Media { id }`,
  (query) => query.slice(0, -1),
]

/**
 * Creates a generator of documents with fragments, aliases, merged fields, conditions and variables. Few of them are not
 * valid, and some values of arguments are refused. A mutation must be sent by a viewer, who may change nothing.
 */
export const createDocuments = (schema: GraphQLSchema, pool: ValuePool) => {
  const createValue = createValues(pool)

  return (random: Random, operation: 'query' | 'mutation'): RandomDocument => {
    const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
    if (root == null) throw new Error(`The schema has no ${operation}.`)
    const isDeep = random.chance(0.06)
    const args = createArguments(random, createValue)
    const { fragments, textOf } = createSelections({
      schema,
      random,
      args,
      maxDepth: isDeep ? 15 : random.integer(2, 6),
      leafShare: isDeep ? 0 : 0.55,
    })
    const selection = textOf(root).replace('{ ', `{ ${operation === 'query' ? provoke(random, pool) : ''}`)
    const declarations = args.declarations.length > 0 ? `(${args.declarations.join(', ')})` : ''
    const query = [
      `${operation} Q${declarations} ${selection}`,
      ...fragments.map(({ name, type, text }) => `fragment ${name} on ${type} ${text}`),
    ].join('\n')
    return { query: random.chance(0.03) ? random.one(corruptions)(query) : query, variables: args.variables }
  }
}
