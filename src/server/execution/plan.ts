import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql'
import { completerOf, isText } from './completion.ts'
import type { FieldPlan, ObjectPlan, OperationPlan } from './types.ts'

type Variables = Record<string, unknown>

/** Bounds the memory of the plan of one document. */
const maxFields = 500

/** Names that no plain object can have as an ordinary key, or that make it look like a promise. */
const specialKeys = new Set(['__proto__', 'then'])

const isIncluded = ({ directives = [] }: SelectionNode, variables: Variables): boolean => {
  if (directives.length === 0) return true
  if (directives.some(({ name }) => name.value !== 'skip' && name.value !== 'include'))
    throw new Error('This is not planned.')
  const conditionOf = (directive: typeof GraphQLSkipDirective) =>
    getDirectiveValues(directive, { directives }, variables)?.['if']
  return conditionOf(GraphQLSkipDirective) !== true && conditionOf(GraphQLIncludeDirective) !== false
}

/** Plans the selections of one operation. */
const createPlanner = (schema: GraphQLSchema, fragments: OperationPlan['fragments'], variables: Variables) => {
  let fieldCount = 0

  const isOfType = (name: string | undefined, type: GraphQLObjectType): boolean => {
    const condition = name === undefined ? type : schema.getType(name)
    return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
  }

  const collect = (
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    nodes: Map<string, FieldNode[]>,
    visited: Set<string>,
  ): void => {
    for (const selection of selections) {
      if (!isIncluded(selection, variables)) continue
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value
        nodes.set(key, [...(nodes.get(key) ?? []), selection])
        continue
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (isOfType(selection.typeCondition?.name.value, type)) collect(type, selection.selectionSet, nodes, visited)
        continue
      }
      const fragment = fragments[selection.name.value]
      if (fragment === undefined || visited.has(selection.name.value)) continue
      if (!isOfType(fragment.typeCondition.name.value, type)) continue
      visited.add(selection.name.value)
      collect(type, fragment.selectionSet, nodes, visited)
    }
  }

  const planField = (parentType: GraphQLObjectType, key: string, nodes: FieldNode[]): FieldPlan => {
    const name = nodes[0]?.name.value ?? ''
    const definition = name === '__typename' ? TypeNameMetaFieldDef : parentType.getFields()[name]
    fieldCount += 1
    if (definition === undefined || fieldCount > maxFields || specialKeys.has(key))
      throw new Error('This is not planned.')
    const { type } = definition
    const resolve = definition.resolve === defaultFieldResolver ? null : (definition.resolve ?? null)
    const readsRowOnly = resolve?.length === 1
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    const nullableType = isNonNullType(type) ? type.ofType : type
    return {
      key,
      nodes,
      definition,
      parentType,
      resolve,
      readsRowOnly,
      isRowText: isText(nullableType) && parentType !== schema.getQueryType() && (resolve === null || readsRowOnly),
      isNullable: nullableType === type,
      hasSelection: isListType(nullableType) || !isLeafType(getNamedType(type)),
      complete: completerOf(type, {
        possibleTypes: schema.getPossibleTypes.bind(schema),
        planObject: (objectType) => planObject(objectType, selectionSets),
      }),
    }
  }

  const planObject = (type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): ObjectPlan => {
    if (type.isTypeOf) throw new Error('This is not planned.')
    const nodes = new Map<string, FieldNode[]>()
    const visited = new Set<string>()
    for (const selectionSet of selectionSets) collect(type, selectionSet, nodes, visited)
    return [...nodes].map(([key, fieldNodes]) => planField(type, key, fieldNodes))
  }

  return planObject
}

/** Plans an operation with these values of its variables; null unless it is a query whose every part is known. */
export const planOperation = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): OperationPlan | null => {
  const operation = getOperationAST(document, operationName)
  const type = schema.getQueryType()
  if (operation?.operation !== 'query' || type == null || operation.directives?.length) return null
  const fragments: Record<string, FragmentDefinitionNode> = {}
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  try {
    const root = createPlanner(schema, fragments, variables)(type, [operation.selectionSet])
    return { schema, operation, fragments, root }
  } catch {
    return null // the library executes it, or reports what is wrong with it
  }
}
