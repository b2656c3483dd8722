import { type DocumentNode, getOperationAST } from 'graphql'

type OperationName = string | null | undefined

/**
 * Creates a function that computes a value once for each operation of a document. Documents with the same text are the
 * same object as long as GraphQL Yoga keeps them. An operation that the document does not have is not kept.
 */
export const perOperation = <Value>(compute: (document: DocumentNode, operationName: OperationName) => Value) => {
  const valuesByDocument = new WeakMap<DocumentNode, Map<string | null, Value>>()

  return (document: DocumentNode, operationName: OperationName): Value => {
    const values = valuesByDocument.get(document) ?? new Map<string | null, Value>()
    const known = values.get(operationName ?? null)
    if (known !== undefined) return known
    const value = compute(document, operationName)
    if (getOperationAST(document, operationName) != null) {
      values.set(operationName ?? null, value)
      valuesByDocument.set(document, values)
    }
    return value
  }
}
