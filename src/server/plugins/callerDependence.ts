import {
  BREAK,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  getOperationAST,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { perOperation } from './perOperation.ts'

const isDeclared = (field: GraphQLField<unknown, unknown> | null | undefined): boolean =>
  field?.extensions.dependsOnCaller === true

/**
 * Creates a function that tells whether an operation selects a field whose result depends on who calls, not only on the
 * role of the caller. The schema declares these fields; a field of an interface counts if one of its types declares it.
 */
export const createCallerDependence = (schema: GraphQLSchema) =>
  perOperation((document: DocumentNode, operationName): boolean => {
    const operation = getOperationAST(document, operationName)
    const operationDocument = operation && separateOperations(document)[operation.name?.value ?? '']
    if (!operationDocument) return true
    const typeInfo = new TypeInfo(schema)
    let isFound = false
    const onField = (): typeof BREAK | undefined => {
      const parent = typeInfo.getParentType()
      const name = typeInfo.getFieldDef()?.name ?? ''
      const types = isAbstractType(parent) ? schema.getPossibleTypes(parent) : []
      isFound ||=
        (isObjectType(parent) || isInterfaceType(parent)) &&
        [parent, ...types].some((type) => isDeclared(type.getFields()[name]))
      return isFound ? BREAK : undefined
    }
    visit(operationDocument, visitWithTypeInfo(typeInfo, { [Kind.FIELD]: onField }))
    return isFound
  })
