import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import { type GraphQLSchema, isObjectType } from 'graphql'

export const columnsPlugin = 'columns' as const

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      columns: ColumnsPlugin<Types>
    }
  }
}

interface FieldExtensions {
  pothosPrismaSelect?: unknown
  ownColumns?: object
}

const isOwnColumns = (select: unknown): select is object =>
  typeof select === 'object' && select !== null && Object.values(select).every((value) => value === true)

/**
 * Lets fields that select columns of their own row, and nothing below it, read the row that they get. The Prisma plugin
 * would put a function around each of them that loads the columns if the row did not come from its plan; but such rows
 * come from services, which load all columns. Plans contain the columns all the same.
 */
class ColumnsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { pothosPrismaSelect: select, ...extensions } = (config.extensions ?? {}) as FieldExtensions
    if (config.kind !== 'PrismaObject' || !isOwnColumns(select)) return config
    return { ...config, extensions: { ...extensions, ownColumns: select } }
  }

  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    for (const type of Object.values(schema.getTypeMap()))
      if (isObjectType(type))
        for (const { extensions } of Object.values(type.getFields())) {
          const { ownColumns } = extensions as FieldExtensions
          if (ownColumns !== undefined) Object.assign(extensions, { pothosPrismaSelect: ownColumns })
        }
    return schema
  }
}

/** Must precede the Prisma plugin in the list of plugins: Pothos runs them from the last to the first. */
SchemaBuilder.registerPlugin(columnsPlugin, ColumnsPlugin)
