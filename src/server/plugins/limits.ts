import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import { type GraphQLError, NoSchemaIntrospectionCustomRule, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { rootFieldsRule } from './rootFields.ts'

/** Bounds of every document, on every transport. */
export const limits = {
  /** Levels of selection. Not those of introspection, whose lists graphql itself lets nest three deep. */
  depth: 12,
  aliases: 30,
  directives: 30,
  /** Fields of the root, each of which is a call of its own. */
  rootFields: 20,
  /** Words and signs of a document. */
  tokens: 2000,
  /** Fields that a query may load at most: lists count with the size of their page. */
  cost: 20_000,
  /** Of a request's body and of a WebSocket message. */
  bodyBytes: 1024 * 1024,
  /** Subscriptions and queries that one WebSocket runs side by side. */
  operationsPerSocket: 200,
} as const

interface LimitOptions {
  introspection: boolean
}

/** What the limits say is no syntax error, and a client tells it by its code. */
const markAsInvalidInput = (error: GraphQLError): void => {
  error.message = error.message.replace(/^Syntax Error: /, '')
  error.extensions['code'] = 'INVALID_INPUT'
}

/** Reported like any other fault of the document, so that every transport answers it like one. */
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

/** Refuses a document by its shape, before anything of it runs. */
export const createLimitPlugins = ({ introspection }: LimitOptions): Plugin[] =>
  createPlugins(introspection) as Plugin[] // envelop's own plugin type asks less of the context than yoga's

const createPlugins = (introspection: boolean) => [
  // Thrown while parsing, since the rest of the document shall not even be read.
  maxTokensPlugin({ n: limits.tokens, onReject: [(_: unknown, error: GraphQLError) => markAsInvalidInput(error)] }),
  maxDepthPlugin({ n: limits.depth, ignoreIntrospection: true, flattenFragments: true, ...reportOptions }),
  maxAliasesPlugin({ n: limits.aliases, allowList: [], ...reportOptions }),
  maxDirectivesPlugin({ n: limits.directives, ...reportOptions }),
  rootFieldsPlugin,
  ...(introspection ? [] : [noIntrospectionPlugin]),
]
