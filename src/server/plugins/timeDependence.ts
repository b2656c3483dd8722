import { type DocumentNode, type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { findInOperation } from './findInOperation.ts'
import { perOperation } from './perOperation.ts'

/** Names of the arguments and input fields that the schema declares as dependent on the time. */
const timeInputsOf = (schema: GraphQLSchema): Set<string> => {
  const types = Object.values(schema.getTypeMap())
  const fields = types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .flatMap((type) => Object.values(type.getFields()))
  const inputs = [
    ...fields.flatMap(({ args }) => args),
    ...types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields())),
  ]
  return new Set(inputs.filter(({ extensions }) => extensions['dependsOnTime'] === true).map(({ name }) => name))
}

/**
 * Creates a function that tells whether the result of a query can change without a change in the database: because of a
 * field that the schema declares so, or of an argument or input field with the name of one that it declares so.
 */
export const createTimeDependence = (schema: GraphQLSchema) => {
  const timeInputs = timeInputsOf(schema)

  const inDocument = perOperation((document: DocumentNode, operationName) =>
    findInOperation(schema, document, operationName, {
      field: (typeInfo) => typeInfo.getFieldDef()?.extensions.dependsOnTime === true,
      input: ({ name }) => timeInputs.has(name.value),
    }),
  )

  /** `variables` are the values of the variables as JSON. */
  return (document: DocumentNode, operationName: string | null | undefined, variables: string): boolean =>
    inDocument(document, operationName) || [...timeInputs].some((name) => variables.includes(`"${name}":`))
}
