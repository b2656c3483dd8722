import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'
import { perOperation } from './perOperation.ts'

/** Returns a rule that refuses operations with more than `maxFields` root fields, including those in fragments. */
export const rootFieldsRule =
  (maxFields: number) =>
  (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      const fieldCount = countFields(operation.selectionSet, context, new Map())
      if (fieldCount <= maxFields) return
      const message = `Root fields limit of ${maxFields} exceeded, found ${fieldCount}.`
      context.reportError(new GraphQLError(message, { nodes: operation, extensions: { code: 'INVALID_INPUT' } }))
    },
  })

/**
 * Counts fields. `fragmentCounts` contains the count of each fragment, 0 while it is being counted: another rule
 * refuses cycles.
 */
const countFields = (
  selectionSet: SelectionSetNode,
  context: ValidationContext,
  fragmentCounts: Map<string, number>,
): number => {
  let fieldCount = 0
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) fieldCount += 1
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      fieldCount += countFields(selection.selectionSet, context, fragmentCounts)
    else fieldCount += countFragment(selection.name.value, context, fragmentCounts)
  }
  return fieldCount
}

const countFragment = (name: string, context: ValidationContext, fragmentCounts: Map<string, number>): number => {
  const cachedCount = fragmentCounts.get(name)
  if (cachedCount !== undefined) return cachedCount
  fragmentCounts.set(name, 0)
  const fragment = context.getFragment(name)
  const fieldCount = fragment ? countFields(fragment.selectionSet, context, fragmentCounts) : 0
  fragmentCounts.set(name, fieldCount)
  return fieldCount
}

/**
 * Returns the names of an operation's root fields, each as often as it is selected. The document has passed the rule
 * above.
 */
export const rootFieldsOf = perOperation((document, operationName): string[] => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const namesIn = (selectionSet: SelectionSetNode | undefined): string[] =>
    (selectionSet?.selections ?? []).flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value
      if (selection.kind === Kind.INLINE_FRAGMENT) return namesIn(selection.selectionSet)
      return namesIn(fragments.get(selection.name.value)?.selectionSet)
    })
  return namesIn(getOperationAST(document, operationName)?.selectionSet)
})

/** Returns a name of an operation for the log: its type with its root fields, which the schema limits, each once. */
export const operationLabelOf = perOperation((document, operationName): string => {
  const type = getOperationAST(document, operationName)?.operation ?? 'operation'
  return `${type} ${[...new Set(rootFieldsOf(document, operationName))].toSorted().join(', ')}`
})
