import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, Kind, separateOperations } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { createBoundedCache } from '../../services/kernel/boundedCache.ts'
import { limits } from './limits.ts'
import { perOperation } from './perOperation.ts'

/** Costs to keep per operation, by the values of its variables; longer values are not kept. */
const maxCosts = 100
const maxKeyLength = 1000

/** Returns the operation that runs, with the fragments that it uses. Other operations of the document cost nothing. */
const operationOf = perOperation((document, name): DocumentNode | null => {
  const operation = getOperationAST(document, name)
  if (operation == null) return null
  const operationDocument = separateOperations(document)[operation.name?.value ?? '']
  return operationDocument ?? { kind: Kind.DOCUMENT, definitions: [operation] }
})

const costsOf = perOperation(() => createBoundedCache<string, number | null>(maxCosts))

/**
 * Returns null if variables or arguments are invalid: the executor, which reads them in the same way, reports the
 * error.
 */
const costOf = (operation: DocumentNode, { schema, variableValues, contextValue }: ExecutionArgs): number | null => {
  try {
    const ctx = contextValue as object // as: created by createContext
    return complexityFromQuery(operation, { schema, variables: variableValues ?? {}, ctx }).complexity
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

/** Computes the cost of an operation once for the same variables: it depends on nothing else. */
const knownCostOf = (operation: DocumentNode, args: ExecutionArgs): number | null => {
  const key = JSON.stringify(args.variableValues ?? {})
  if (key.length > maxKeyLength) return costOf(operation, args)
  const costs = costsOf(args.document, args.operationName)
  const known = costs.get(key)
  if (known !== undefined) return known
  const cost = costOf(operation, args)
  costs.set(key, cost)
  return cost
}

/** Returns null if the operation may run. */
const checkCost = (args: ExecutionArgs): GraphQLError | null => {
  const operation = operationOf(args.document, args.operationName)
  if (operation === null) return null // the executor reports the error
  const cost = knownCostOf(operation, args)
  if (cost === null || cost <= limits.cost) return null
  return new GraphQLError(
    `This query may load ${cost} fields; the limit is ${limits.cost}. Request smaller pages or fewer nested lists.`,
    { extensions: { code: 'INVALID_INPUT' } },
  )
}

/** Refuses operations that would load too many fields, computed with their variables. */
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
