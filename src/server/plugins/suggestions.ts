import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** graphql names what exists in three places: unknown names, enum values and fields of inputs, also in variables. */
const suggestionPattern = / ?Did you mean [^?]*\?$/

const stripSuggestion = <Fault extends Error>(error: Fault): Fault => {
  if (error instanceof GraphQLError) error.message = error.message.replace(suggestionPattern, '')
  return error
}

/** Keeps the schema's names to itself, for servers whose introspection is off. */
export const useNoSuggestions = (): Plugin => ({
  onValidate: () => {
    return ({ valid, result }) => {
      if (!valid) for (const error of result) stripSuggestion(error)
    }
  },
  onExecute: () => ({
    onExecuteDone({ result }) {
      if ('errors' in result) result.errors?.forEach(stripSuggestion)
    },
  }),
  onSubscribe: () => ({
    onSubscribeResult({ result }) {
      if ('errors' in result) result.errors?.forEach(stripSuggestion)
    },
  }),
})
