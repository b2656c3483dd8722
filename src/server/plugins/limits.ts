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
const refuse = (error: GraphQLError): void => {
  error.message = error.message.replace(/^Syntax Error: /, '')
  error.extensions['code'] = 'INVALID_INPUT'
}

/** Reported like any other fault of the document, so that every transport answers it like one. */
const reported = {
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null, error: GraphQLError): void => {
      refuse(error)
      context?.reportError(error)
    },
  ],
}

const withoutIntrospection: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(NoSchemaIntrospectionCustomRule)
  },
}

const limitedRoot: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(rootFieldsRule(limits.rootFields))
  },
}

/** Refuses a document by its shape, before anything of it runs. */
export const limitPlugins = ({ introspection }: LimitOptions): Plugin[] => plugins(introspection) as Plugin[] // envelop's own plugin type asks less of the context than yoga's

const plugins = (introspection: boolean) => [
  // Thrown while parsing, since the rest of the document shall not even be read.
  maxTokensPlugin({ n: limits.tokens, onReject: [(_: unknown, error: GraphQLError) => refuse(error)] }),
  maxDepthPlugin({ n: limits.depth, ignoreIntrospection: true, flattenFragments: true, ...reported }),
  maxAliasesPlugin({ n: limits.aliases, allowList: [], ...reported }),
  maxDirectivesPlugin({ n: limits.directives, ...reported }),
  limitedRoot,
  ...(introspection ? [] : [withoutIntrospection]),
]
