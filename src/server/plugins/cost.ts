import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, Kind, separateOperations } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { limits } from './limits.ts'

/** The one operation that runs, with the fragments that it uses: others in the document cost nothing. */
const operationOf = (document: DocumentNode, name: string | null | undefined): DocumentNode | null => {
  const operation = getOperationAST(document, name)
  if (operation == null) return null
  const operationDocument = separateOperations(document)[operation.name?.value ?? '']
  return operationDocument ?? { kind: Kind.DOCUMENT, definitions: [operation] }
}

/** Null where variables or arguments do not fit: then the executor, which reads them the same way, names what is wrong. */
const costOf = (operation: DocumentNode, { schema, variableValues, contextValue }: ExecutionArgs): number | null => {
  try {
    const ctx = contextValue as object // the context that we made
    return complexityFromQuery(operation, { schema, variables: variableValues ?? {}, ctx }).complexity
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

/** Null where the operation may run. */
const checkCost = (args: ExecutionArgs): GraphQLError | null => {
  const operation = operationOf(args.document, args.operationName)
  if (operation === null) return null // the executor names what is wrong
  const cost = costOf(operation, args)
  if (cost === null || cost <= limits.cost) return null
  return new GraphQLError(
    `This query may load ${cost} fields; the limit is ${limits.cost}. Ask for smaller pages or fewer nested lists.`,
    { extensions: { code: 'INVALID_INPUT' } },
  )
}

/** Refuses an operation by what it would load, with its variables. */
export const useCostLimit = (): Plugin => ({
  onExecute({ args, setResultAndStopExecution }) {
    const error = checkCost(args)
    if (error !== null) setResultAndStopExecution({ errors: [error] })
  },
  onSubscribe({ args, setResultAndStopExecution }) {
    const error = checkCost(args)
    if (error !== null) setResultAndStopExecution({ errors: [error] })
  },
})
