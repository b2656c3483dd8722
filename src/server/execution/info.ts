import { type GraphQLResolveInfo, getArgumentValues } from 'graphql'
import type { FieldPlan, Path, Run } from './types.ts'

/** Place in the operation, as resolvers know it. A class, since one is created for each call. */
class ResolveInfo implements GraphQLResolveInfo {
  fieldName
  fieldNodes
  returnType
  parentType
  path
  schema
  fragments
  rootValue
  operation
  variableValues

  constructor({ plan, rootValue, variables }: Run, { definition, nodes, parentType }: FieldPlan, path: Path) {
    this.fieldName = definition.name
    this.fieldNodes = nodes
    this.returnType = definition.type
    this.parentType = parentType
    this.path = path
    this.schema = plan.schema
    this.fragments = plan.fragments
    this.rootValue = rootValue
    this.operation = plan.operation
    this.variableValues = variables
  }
}

export const infoOf = (run: Run, field: FieldPlan, path: Path): GraphQLResolveInfo => new ResolveInfo(run, field, path)

export const pathOf = ({ key, parentType }: FieldPlan, parentPath: Path | undefined): Path => ({
  prev: parentPath,
  key,
  typename: parentType.name,
})

const noArguments = Object.freeze({})

export const argumentsOf = (run: Run, field: FieldPlan): Record<string, unknown> => {
  if (field.definition.args.length === 0) return noArguments
  const known = run.argumentValues.get(field)
  if (known !== undefined) return known
  const [node] = field.nodes
  const values = node === undefined ? {} : getArgumentValues(field.definition, node, run.variables)
  run.argumentValues.set(field, values)
  return values
}
