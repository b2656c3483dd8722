import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Suggestions that graphql adds to errors about unknown names, enum values and input fields, also in variables. */
const suggestionPattern = / ?Did you mean [^?]*\?$/

const stripSuggestion = <Fault extends Error>(error: Fault): Fault => {
  if (error instanceof GraphQLError) error.message = error.message.replace(suggestionPattern, '')
  return error
}

/** Removes suggestions from errors: they reveal names of the schema on servers whose introspection is off. */
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
