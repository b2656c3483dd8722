import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import { type GraphQLFieldResolver, type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql'
import { isPlanned } from './plannedReads.ts'

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
  /** Tells whether a row has what a relation needs. */
  pothosPrismaLoaded?: (row: unknown, info: GraphQLResolveInfo, context: object) => boolean
  ownColumns?: object
}

const isOwnColumns = (select: unknown): select is object =>
  typeof select === 'object' && select !== null && Object.values(select).every((value) => value === true)

/** A selection of columns, of the row itself and of single rows that it refers to. */
type RowSelect = { [name: string]: true | { select: RowSelect } }

const isRowSelect = (select: unknown): select is RowSelect =>
  typeof select === 'object' &&
  select !== null &&
  Object.values(select).every(
    (value) => value === true || (Object.keys(value ?? {}).join() === 'select' && isRowSelect(value.select)),
  )

const isLoaded = (row: unknown, select: RowSelect): boolean => {
  if (typeof row !== 'object' || row === null) return false
  for (const name in select) {
    const [value, wanted] = [(row as Record<string, unknown>)[name], select[name]] // as: any object may have it
    if (value === undefined) return false
    // A related row that does not exist is null, and has no columns.
    if (typeof wanted === 'object' && value !== null && !isLoaded(value, wanted.select)) return false
  }
  return true
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

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

  /** Fields that select related rows too: where those are there, the Prisma plugin has nothing to look up. */
  override wrapResolve(resolver: Resolver<Types>, config: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const { pothosPrismaSelect: select, pothosPrismaLoaded: hasRelation } = (config.extensions ?? {}) as FieldExtensions
    const { resolve } = config
    if (config.kind !== 'PrismaObject' || select === undefined || resolve === undefined) return resolver
    const resolveRow = resolve as Resolver<Types> // as: the type of its arguments is that of the wrapped resolver
    const canRead = isRowSelect(select)
      ? (row: unknown) => isLoaded(row, select)
      : (row: unknown, context: object, info: GraphQLResolveInfo) =>
          isPlanned(context, info, row) && hasRelation?.(row, info, context) !== false
    return (row, args, context, info) => (canRead(row, context, info) ? resolveRow : resolver)(row, args, context, info)
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
