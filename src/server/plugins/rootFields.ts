import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/** Refuses operations that call more than `most` fields of the root, through whatever fragments. */
export const rootFieldsRule =
  (most: number) =>
  (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      const found = countFields(operation.selectionSet, context, new Map())
      if (found <= most) return
      const message = `Root fields limit of ${most} exceeded, found ${found}.`
      context.reportError(new GraphQLError(message, { nodes: operation, extensions: { code: 'INVALID_INPUT' } }))
    },
  })

/** `known` holds what each fragment counts, 0 while it is being counted: a cycle is another rule's concern. */
const countFields = (set: SelectionSetNode, context: ValidationContext, known: Map<string, number>): number => {
  let fields = 0
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) fields += 1
    else if (selection.kind === Kind.INLINE_FRAGMENT) fields += countFields(selection.selectionSet, context, known)
    else fields += countFragment(selection.name.value, context, known)
  }
  return fields
}

const countFragment = (name: string, context: ValidationContext, known: Map<string, number>): number => {
  const before = known.get(name)
  if (before !== undefined) return before
  known.set(name, 0)
  const fragment = context.getFragment(name)
  const fields = fragment ? countFields(fragment.selectionSet, context, known) : 0
  known.set(name, fields)
  return fields
}

/** The names of all that an operation calls, each as often as it is written. The document has passed the rule above. */
export const rootFieldsOf = (document: DocumentNode, operationName: string | null | undefined): string[] => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const namesIn = (set: SelectionSetNode | undefined): string[] =>
    (set?.selections ?? []).flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value
      if (selection.kind === Kind.INLINE_FRAGMENT) return namesIn(selection.selectionSet)
      return namesIn(fragments.get(selection.name.value)?.selectionSet)
    })
  return namesIn(getOperationAST(document, operationName)?.selectionSet)
}
