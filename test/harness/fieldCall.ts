import { type GraphQLField, getNullableType, isEnumType, isRequiredArgument } from 'graphql'

/** Returns the name of a field with its required arguments, each with the first value of its enum. */
export const callOf = ({ name, args }: GraphQLField<unknown, unknown>): string => {
  const values = args.filter(isRequiredArgument).map((argument) => {
    const type = getNullableType(argument.type)
    if (!isEnumType(type)) throw new Error(`The argument ${argument.name} of ${name} has no value here. Add one.`)
    return `${argument.name}: ${type.getValues()[0]?.name}`
  })
  return values.length === 0 ? name : `${name}(${values.join(', ')})`
}
