import {
  type ArgumentNode,
  BREAK,
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type ObjectFieldNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

interface Conditions {
  field(typeInfo: TypeInfo): boolean
  /** Asked of arguments and of fields of input objects that are written in the document. */
  input?(node: ArgumentNode | ObjectFieldNode): boolean
}

/** Whether any part of an operation, with its fragments, meets a condition; true if the operation is unknown. */
export const findInOperation = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  { field, input = () => false }: Conditions,
): boolean => {
  const operation = getOperationAST(document, operationName)
  const operationDocument = operation && separateOperations(document)[operation.name?.value ?? '']
  if (!operationDocument) return true
  const typeInfo = new TypeInfo(schema)
  let isFound = false
  const find = (condition: boolean): typeof BREAK | undefined => {
    isFound ||= condition
    return condition ? BREAK : undefined
  }
  visit(
    operationDocument,
    visitWithTypeInfo(typeInfo, {
      [Kind.FIELD]: () => find(field(typeInfo)),
      [Kind.ARGUMENT]: (node) => find(input(node)),
      [Kind.OBJECT_FIELD]: (node) => find(input(node)),
    }),
  )
  return isFound
}
