import {
  BREAK,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
  visit,
} from 'graphql'
import { perOperation } from '../plugins/perOperation.ts'
import { executeFields } from './fields.ts'
import { planOperation } from './plan.ts'
import type { OperationPlan, Run } from './types.ts'

type Variables = Record<string, unknown>

const hasDirectives = (document: DocumentNode): boolean => {
  let isFound = false
  visit(document, {
    Directive() {
      isFound = true
      return BREAK
    },
  })
  return isFound
}

/** Plan of an operation: for the values of the variables that it had last if directives may depend on them. */
const plansOf = perOperation((document) => ({
  hasDirectives: hasDirectives(document),
  last: null as { key: string; plan: OperationPlan | null } | null, // as: replaced by the first execution
}))

const planFor = ({ schema, document, operationName }: ExecutionArgs, variables: Variables): OperationPlan | null => {
  const plans = plansOf(document, operationName)
  const flags = Object.entries(variables).filter(([, value]) => typeof value === 'boolean')
  const key = plans.hasDirectives ? JSON.stringify(flags) : ''
  if (plans.last?.key !== key) plans.last = { key, plan: planOperation(schema, document, operationName, variables) }
  const { plan } = plans.last
  return plan?.schema === schema ? plan : null
}

const toResult = (data: ExecutionResult['data'], errors: GraphQLError[]): ExecutionResult =>
  errors.length === 0 ? { data } : { errors, data }

/**
 * Executes a query by a plan that is made once per document: the same answers and errors as from the library, but what
 * depends on the document alone is not computed again for each row. Returns null for everything else.
 */
export const executePlanned = (args: ExecutionArgs): Promise<ExecutionResult | null> | ExecutionResult | null => {
  const { schema, document, operationName, rootValue, contextValue, variableValues } = args
  if (args.fieldResolver != null || args.typeResolver != null || 'signal' in args) return null
  const operation = getOperationAST(document, operationName)
  if (operation?.operation !== 'query') return null
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: 50,
  })
  const plan = coerced === undefined ? null : planFor(args, coerced)
  if (coerced === undefined || plan === null) return null
  const run: Run = {
    plan,
    context: contextValue,
    rootValue,
    variables: coerced,
    errors: [],
    argumentValues: new Map(),
    needsLibrary: false,
  }
  const finish = (data: ExecutionResult['data']) => (run.needsLibrary ? null : toResult(data, run.errors))
  const fail = (error: unknown) => {
    run.errors.push(error as GraphQLError) // as: located by its field
    return finish(null)
  }
  try {
    const data = executeFields(run, plan.root, rootValue, undefined)
    return data instanceof Promise ? data.then(finish, fail) : finish(data)
  } catch (error) {
    return fail(error)
  }
}
