import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import { findInOperation } from './findInOperation.ts'
import { perOperation } from './perOperation.ts'

const isDeclared = (field: GraphQLField<unknown, unknown> | null | undefined): boolean =>
  field?.extensions.dependsOnCaller === true

/**
 * Creates a function that tells whether an operation selects a field whose result depends on who calls, not only on the
 * role of the caller. The schema declares these fields; a field of an interface counts if one of its types declares it.
 */
export const createCallerDependence = (schema: GraphQLSchema) =>
  perOperation((document: DocumentNode, operationName) =>
    findInOperation(schema, document, operationName, {
      field(typeInfo) {
        const parent = typeInfo.getParentType()
        if (!isObjectType(parent) && !isInterfaceType(parent)) return false
        const name = typeInfo.getFieldDef()?.name ?? ''
        const types = isAbstractType(parent) ? schema.getPossibleTypes(parent) : []
        return [parent, ...types].some((type) => isDeclared(type.getFields()[name]))
      },
    }),
  )
