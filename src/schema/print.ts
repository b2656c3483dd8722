import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'

/** Prints the schema in sorted order, so that the file changes only if the schema itself changes. */
export const printSchemaSorted = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`
