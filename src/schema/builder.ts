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
import { getDatamodel } from '../../prisma/generated/pothos.ts'
import { globalId, type NodeName, splitId } from '../services/kernel/ids.ts'
import type { Context } from './context.ts'

export const builder = new SchemaBuilder<{
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: true
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  AuthScopes: { signedIn: boolean }
  Connection: { totalCount: () => Promise<number> }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    SafeInt: { Input: number; Output: number }
    JSON: { Input: unknown; Output: unknown }
  }
}>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, PrismaPlugin, DataloaderPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
  scopeAuth: {
    // Only whether somebody is signed in; what they may do is decided in the services, which the worker uses too.
    authScopes: (context) => ({ signedIn: context.actor !== undefined }),
  },
  errors: { directResult: true },
  complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: { nullable: { list: false, items: false }, complexity: { field: 1, multiplier: 1 } },
    nodeFieldOptions: { nullable: false },
    // The connection counts the size of its page already.
    nodesOnConnection: { complexity: { field: 1, multiplier: 1 } },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    encodeGlobalID: (typename, id) => globalId(typename as NodeName, String(id)), // only registered node types get here
    decodeGlobalID: (text) => {
      const parts = splitId(text)
      if (parts === null) throw new Error('ids are checked before they are resolved')
      return { typename: parts.type, id: parts.id }
    },
  },
  prisma: {
    // Fallback loads of a field that could not be joined run on the same client as the services.
    client: (context) => context.services.database as PrismaClient, // Prisma's own type parameters differ in name only
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    onUnusedQuery: process.env['NODE_ENV'] === 'production' ? null : 'warn',
  },
})

builder.addScalarType('DateTime', DateTimeResolver)
builder.addScalarType('SafeInt', SafeIntResolver)
builder.addScalarType('JSON', JSONResolver)

builder.queryType({ authScopes: { signedIn: true } })
builder.mutationType({
  authScopes: { signedIn: true },
  description:
    'Runs once for each `Idempotency-Key`, a header of 1 to 255 printable ASCII characters (over WebSocket `extensions.idempotencyKey`): for 24 hours the same caller gets the first answer again for the same document, operation and variables in the same role, with the header `Idempotent-Replayed: true`, and IDEMPOTENCY_MISMATCH for others. While the first call runs, a repeat waits. A call that failed without changing anything is tried again.',
})
builder.subscriptionType({ authScopes: { signedIn: true } })

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description: 'Of the whole list. Counted only where it is selected.',
    // The one field of a connection that costs a statement of its own.
    complexity: 10,
    resolve: (connection) => connection.totalCount(),
  }),
)
