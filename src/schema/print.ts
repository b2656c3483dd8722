import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'

/** The schema as text, sorted, so that a change of the code shows as a change of the file and nothing else does. */
export const printSchemaSorted = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`
