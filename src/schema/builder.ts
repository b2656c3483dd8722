import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import DataloaderPlugin from '@pothos/plugin-dataloader'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { DateTimeResolver, JSONResolver, SafeIntResolver } from 'graphql-scalars'
import type { PrismaClient } from '../../prisma/generated/client/client.ts'
import type PrismaTypes from '../../prisma/generated/pothos.ts'
import { globalId, type NodeName, splitId } from '../services/kernel/ids.ts'
import type { RateClass } from '../services/rateLimit/rateLimits.ts'
import { columnsPlugin } from './columnsPlugin.ts'
import type { Context } from './context.ts'
import { createDatamodel } from './datamodel.ts'
import { nodeIdsPlugin } from './nodeIdsPlugin.ts'

declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** Class of a root field, whose calls have a limit of their own; without it, only the limit of all calls applies. */
    rateClass?: RateClass
    /** Time that a root field may take if it is longer than that of other queries or mutations. */
    timeoutMs?: number
    /** Whether the result can change without a change in the database. Declared likewise for arguments and input fields. */
    dependsOnTime?: boolean
    /** Whether the result depends on who the caller is, and not only on the caller's role. */
    dependsOnCaller?: boolean
  }
}

export const builder = new SchemaBuilder<{
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: true
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  AuthScopes: { signedIn: boolean }
  Connection: { totalCount: () => Promise<number>; totalCountIsEstimate?: () => Promise<boolean> }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    SafeInt: { Input: number; Output: number }
    JSON: { Input: unknown; Output: unknown }
  }
}>({
  plugins: [
    ErrorsPlugin,
    ScopeAuthPlugin,
    RelayPlugin,
    nodeIdsPlugin,
    columnsPlugin,
    PrismaPlugin,
    DataloaderPlugin,
    ComplexityPlugin,
  ],
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
  scopeAuth: {
    // Checks only that the caller is signed in. The services decide what the caller may do: the worker uses them too.
    authScopes: (context) => ({ signedIn: context.actor !== undefined }),
  },
  errors: { directResult: true },
  complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      complexity: { field: 1, multiplier: 1 },
      description: 'Items of this page, each with its cursor, in the order of the list.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item itself.' },
    // The connection field already multiplies the cost by its page size.
    nodesOnConnection: {
      complexity: { field: 1, multiplier: 1 },
      description: 'Items of this page without their cursors, in the order of the list.',
    },
    cursorFieldOptions: {
      description:
        'Opaque position of the item in this list and order; pass it as `after` or `before`. It stays valid when the item is removed.',
    },
    pageInfoFieldOptions: { description: 'Position of this page in the whole list.' },
    pageInfoTypeOptions: { description: 'Position of a page in its list, and the cursors to request adjacent pages.' },
    hasNextPageFieldOptions: {
      description:
        'Whether more items follow this page. With `last`, it is true if `before` was given; no extra lookup is made.',
    },
    hasPreviousPageFieldOptions: {
      description:
        'Whether items precede this page. With `first`, it is true if `after` was given; no extra lookup is made.',
    },
    startCursorFieldOptions: { description: 'Cursor of the first item of this page; null if the page is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last item of this page; null if the page is empty.' },
    firstArgOptions: {
      description:
        'Page size, counted from the start of the list or from `after`: 1 to 100. The default is 20. Cannot be combined with `last`.',
    },
    lastArgOptions: {
      description:
        'Page size, counted from the end of the list or from `before`: 1 to 100. Cannot be combined with `first`.',
    },
    afterArgOptions: {
      description: 'Returns only items after this cursor, which must come from the same list and order.',
    },
    beforeArgOptions: {
      description: 'Returns only items before this cursor, which must come from the same list and order.',
    },
    nodeTypeOptions: { description: 'An object with a global id, which `node` and `nodes` look up.' },
    idFieldOptions: { description: 'Global id of the object, written `Type:<uuid>`. It never changes.' },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    encodeGlobalID: (typename, id) => globalId(typename as NodeName, String(id)), // only called for registered node types
    decodeGlobalID: (text) => {
      const parts = splitId(text)
      if (parts === null) throw new Error('ids are validated before they are resolved')
      return { typename: parts.type, id: parts.id }
    },
  },
  prisma: {
    // Fields that cannot be joined are loaded through the same client that the services use.
    client: (context) => context.services.database as PrismaClient, // differs only in the names of Prisma's type parameters
    dmmf: createDatamodel(),
    exposeDescriptions: false,
    onUnusedQuery: process.env['NODE_ENV'] === 'production' ? null : 'warn',
  },
})

builder.addScalarType('DateTime', DateTimeResolver)
builder.addScalarType('SafeInt', SafeIntResolver)
builder.addScalarType('JSON', JSONResolver)

builder.queryType({
  authScopes: { signedIn: true },
  description:
    'Read operations. Each field needs a valid token. Refusals are GraphQL errors whose `extensions.code` is `UNAUTHENTICATED`, `FORBIDDEN`, `NOT_FOUND`, `INVALID_INPUT` or `RATE_LIMITED` (then with `extensions.retryAfterSeconds`). If the server cannot reach its database or has too much to do, the code is `UNAVAILABLE`, with `extensions.retryAfterSeconds`. A query that takes longer than 10 seconds ends with it, too.',
})
builder.mutationType({
  authScopes: { signedIn: true },
  description:
    'Write operations. Expected refusals are members of the result union and implement `Error`; refusals of the call as a whole are GraphQL errors with the `extensions.code` `UNAUTHENTICATED`, `RATE_LIMITED` (nothing was changed), `IDEMPOTENCY_MISMATCH`, `UNAVAILABLE` (the server cannot reach its database or has no answer within 40 seconds; the change may have been made, so retry with the same idempotency key after `extensions.retryAfterSeconds`), `STORAGE_FULL` (no space is left; an administrator has to act) or, for a document or key that exceeds the limits, `INVALID_INPUT`. A mutation sent with an `Idempotency-Key` header of 1 to 255 printable ASCII characters (over WebSocket: `extensions.idempotencyKey`) runs once: for 24 hours, the same caller gets the first response again for the same document, operation, variables and role, with the header `Idempotent-Replayed: true`. Using the key for any other call returns `IDEMPOTENCY_MISMATCH`. A repeat waits while the first call is running. A call that failed without changing anything runs again.',
})
builder.subscriptionType({
  authScopes: { signedIn: true },
  description:
    'Live updates, over WebSocket (`graphql-transport-ws`) or as an event stream. Refusals are GraphQL errors with `extensions.code`, as for queries. An event whose data could not be read in time has errors with the code `UNAVAILABLE` in its place. After such an event or a dropped connection, subscribe again: the first event catches up.',
})

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description:
      'Number of items in the whole list, over all pages. It is counted only if this field is selected. In a large list it may be an estimate: see `totalCountIsEstimate`.',
    // The only field of a connection that needs a separate SQL statement.
    complexity: 10,
    resolve: (connection) => connection.totalCount(),
  }),
)

builder.globalConnectionField('totalCountIsEstimate', (t) =>
  t.boolean({
    description:
      'Whether `totalCount` is an estimate. Up to 10,000 items it is exact, and always in lists of other nodes than media. Beyond that, media are counted exactly by kind, type, status, use and trash together, or by one tag; for other filters, the share of matches among about 10,000 media is projected to all of them. Such an estimate is seldom off by more than 10 percent, more if the matches were uploaded at the same time; it is always above 10,000. Selected together with `totalCount`, it does not count again.',
    complexity: 10,
    resolve: (connection) => connection.totalCountIsEstimate?.() ?? false,
  }),
)
