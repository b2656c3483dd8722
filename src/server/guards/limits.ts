import { blockFieldSuggestionsPlugin } from '@escape.tech/graphql-armor-block-field-suggestions'
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import { NoSchemaIntrospectionCustomRule } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** Bounds of every document, on every transport. */
export const limits = {
  /** Levels of selection; the introspection query of the usual tools is measured apart. */
  depth: 12,
  aliases: 30,
  directives: 30,
  /** Words and signs of a document. */
  tokens: 2000,
  /** Fields that a query may load at most: lists count with the size of their page. */
  cost: 20_000,
  /** Of a request's body and of a WebSocket message. */
  bodyBytes: 1024 * 1024,
} as const

interface LimitOptions {
  introspection: boolean
}

const withoutIntrospection: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(NoSchemaIntrospectionCustomRule)
  },
}

/** Refuses a document by its shape, before anything of it runs. */
export const limitPlugins = ({ introspection }: LimitOptions): Plugin[] =>
  plugins(introspection) as Plugin[] // envelop's own plugin type asks less of the context than yoga's

const plugins = (introspection: boolean) => [
  maxTokensPlugin({ n: limits.tokens }),
  maxDepthPlugin({ n: limits.depth, ignoreIntrospection: true, flattenFragments: true }),
  maxAliasesPlugin({ n: limits.aliases, allowList: [] }),
  maxDirectivesPlugin({ n: limits.directives }),
  ...(introspection ? [] : [withoutIntrospection, blockFieldSuggestionsPlugin()]),
]
