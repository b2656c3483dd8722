import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { globalId, type NodeName } from '../services/kernel/ids.ts'

export const nodeIdsPlugin = 'nodeIds' as const

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      nodeIds: NodeIdsPlugin<Types>
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

const resolveId = (type: string) => (row: unknown) => globalId(type as NodeName, (row as { id: string }).id) // as: nodes are rows, and a test compares their types with the names

/**
 * Resolves the global ids of nodes at once. The resolvers of the relay plugin are async functions: one promise per row,
 * and one for each list and object around it.
 */
class NodeIdsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: Resolver<Types>,
    { name, parentType }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    const { extensions } = this.buildCache.getTypeConfig(parentType)
    return name === 'id' && extensions?.['pothosPrismaModel'] !== undefined ? resolveId(parentType) : resolver
  }
}

SchemaBuilder.registerPlugin(nodeIdsPlugin, NodeIdsPlugin)
