import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import { type GraphQLError, NoSchemaIntrospectionCustomRule, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { rootFieldsRule } from './rootFields.ts'

/** Limits of every document, on every transport. */
export const limits = {
  /** Levels of nested selections, without introspection: graphql itself limits its nested lists to three levels. */
  depth: 12,
  aliases: 30,
  directives: 30,
  /** Root fields, each of which is a separate call. */
  rootFields: 20,
  /** Lexical tokens of a document. */
  tokens: 2000,
  /** Fields that an operation may load; lists count with their page size. */
  cost: 20_000,
  /** Size of a request body and of a WebSocket message. */
  bodyBytes: 1024 * 1024,
  /** Operations that one WebSocket may run at the same time. */
  operationsPerSocket: 200,
  /** Operations of one WebSocket that may execute at the same time. A subscription does so only until it is open. */
  executionsPerSocket: 8,
  /** Operations per minute that a WebSocket may have refused as too many before it is closed. */
  refusalsPerSocket: 20,
} as const

interface LimitOptions {
  introspection: boolean
}

/** Gives an exceeded limit the code by which clients recognise it; it is not a syntax error. */
const markAsInvalidInput = (error: GraphQLError): void => {
  error.message = error.message.replace(/^Syntax Error: /, '')
  error.extensions['code'] = 'INVALID_INPUT'
}

/** Options that report an exceeded limit as a validation error, so that every transport answers it as one. */
const reportOptions = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, error: GraphQLError): void => {
      markAsInvalidInput(error)
      context?.reportError(error)
    },
  ],
}

const noIntrospectionPlugin: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(NoSchemaIntrospectionCustomRule)
  },
}

const rootFieldsPlugin: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(rootFieldsRule(limits.rootFields))
  },
}

/** Creates plugins that refuse a document by its shape, before any of it runs. */
export const createLimitPlugins = ({ introspection }: LimitOptions): Plugin[] =>
  createPlugins(introspection) as Plugin[] // as: envelop's plugin type requires less of the context than yoga's

const createPlugins = (introspection: boolean) => [
  // Throws while parsing, so that the rest of the document is not even read.
  maxTokensPlugin({ n: limits.tokens, onReject: [(_: unknown, error: GraphQLError) => markAsInvalidInput(error)] }),
  maxDepthPlugin({ n: limits.depth, ignoreIntrospection: true, flattenFragments: true, ...reportOptions }),
  maxAliasesPlugin({ n: limits.aliases, allowList: [], ...reportOptions }),
  maxDirectivesPlugin({ n: limits.directives, ...reportOptions }),
  rootFieldsPlugin,
  ...(introspection ? [] : [noIntrospectionPlugin]),
]
