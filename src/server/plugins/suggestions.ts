import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** graphql names what exists in three places: unknown names, enum values and fields of inputs, also in variables. */
const suggestion = / ?Did you mean [^?]*\?$/

const stripped = <Fault extends Error>(error: Fault): Fault => {
  if (error instanceof GraphQLError) error.message = error.message.replace(suggestion, '')
  return error
}

/** Keeps the schema's names to itself, for servers whose introspection is off. */
export const useNoSuggestions = (): Plugin => ({
  onValidate: () => {
    return ({ valid, result }) => {
      if (!valid) for (const error of result) stripped(error)
    }
  },
  onExecute: () => ({
    onExecuteDone({ result }) {
      if ('errors' in result) result.errors?.forEach(stripped)
    },
  }),
  onSubscribe: () => ({
    onSubscribeResult({ result }) {
      if ('errors' in result) result.errors?.forEach(stripped)
    },
  }),
})
