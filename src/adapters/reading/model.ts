import { type ColumnType, enumType, scalarType } from './columnTypes.ts'
import type { DatamodelDocument, ExtraRelation, FieldDocument, ModelDocument } from './datamodel.ts'

export interface Column {
  name: string
  /** Quoted name in the table. */
  sql: string
  type: ColumnType
  isList: boolean
  isRequired: boolean
}

export interface Relation {
  /** Name of the related model. */
  model: string
  isList: boolean
  /** Pairs of quoted columns that are equal in related rows: here and there. */
  pairs: readonly (readonly [string, string])[]
}

export interface Model {
  name: string
  /** Quoted name with its schema. */
  table: string
  /** Columns in the order of the data model. */
  columns: ReadonlyMap<string, Column>
  /** Whether all columns are compiled, so that whole rows can be read. */
  isComplete: boolean
  relations: ReadonlyMap<string, Relation>
  /** Fields of the primary key; empty if there is no such key. */
  primaryKey: readonly string[]
  /** Fields by the name under which `findUnique` knows a unique key. */
  uniqueKeys: ReadonlyMap<string, readonly string[]>
}

export type Models = ReadonlyMap<string, Model>

/** Names of the data model are the only texts of it that enter statements; PostgreSQL cuts longer ones. */
const identifier = /^[A-Za-z_]\w{0,62}$/

const quote = (name: string): string => {
  if (!identifier.test(name)) throw new Error(`"${name}" cannot be an identifier of a compiled statement.`)
  return `"${name}"`
}

const typeOf = ({ kind, type, nativeType, nativeArguments, isList }: FieldDocument, { enums }: DatamodelDocument) => {
  const scalar = kind === 'scalar' ? scalarType(type, nativeType, nativeArguments) : null
  const definition = kind === 'enum' ? enums.find(({ name }) => name === type) : undefined
  // Values that have another name in the database would have to be translated.
  const isPlain = definition?.values.every(({ name, stored }) => name === stored) === true
  const columnType =
    definition !== undefined && isPlain
      ? enumType(quote(definition.type), new Set(definition.values.map(({ name }) => name)))
      : scalar
  return isList && columnType?.hasPlainLists !== true ? null : columnType
}

const toColumns = (fields: readonly FieldDocument[], document: DatamodelDocument): Map<string, Column> =>
  new Map(
    fields.flatMap((field) => {
      const { name, column, isList, isRequired } = field
      const type = typeOf(field, document)
      return type === null ? [] : [[name, { name, sql: quote(column), type, isList, isRequired }]]
    }),
  )

const columnOf = ({ fields }: ModelDocument, name: string): string =>
  quote(fields.find((field) => field.name === name)?.column ?? name)

/** Returns the fields that are equal in both models. The side without the foreign key names none: its opposite does. */
const keysOf = (field: FieldDocument, from: ModelDocument, to: ModelDocument) => {
  if (field.from.length > 0) return { here: field.from, there: field.to }
  const isOpposite = (other: FieldDocument): boolean => other.relationName === field.relationName
  const opposite = to.fields.find((other) => isOpposite(other) && other.type === from.name && other.from.length > 0)
  return opposite === undefined ? null : { here: opposite.to, there: opposite.from }
}

const toRelations = (model: ModelDocument, { models }: DatamodelDocument): Map<string, Relation> =>
  new Map(
    model.fields.flatMap((field) => {
      const other = models.find(({ name }) => name === field.type)
      const keys = field.kind === 'object' && other !== undefined ? keysOf(field, model, other) : null
      if (keys === null || other === undefined) return []
      const toPair = (name: string, index: number) =>
        [columnOf(model, name), columnOf(other, keys.there[index] ?? '')] as const
      return [[field.name, { model: other.name, isList: field.isList, pairs: keys.here.map(toPair) }]]
    }),
  )

const toModel = (
  model: ModelDocument,
  document: DatamodelDocument,
  extraRelations: readonly ExtraRelation[],
): Model => {
  const scalarFields = model.fields.filter(({ kind }) => kind !== 'object')
  const columns = toColumns(scalarFields, document)
  const relations = toRelations(model, document)
  for (const { from, name, to, keys } of extraRelations.filter((extra) => extra.from === model.name)) {
    const other = document.models.find((candidate) => candidate.name === to)
    if (other === undefined) throw new Error(`${from}.${name} leads to an unknown model ${to}.`)
    const pairs = Object.entries(keys).map(([here, there]) => [columnOf(model, here), columnOf(other, there)] as const)
    relations.set(name, { model: to, isList: true, pairs })
  }
  return {
    name: model.name,
    table: `${quote(model.schema)}.${quote(model.table)}`,
    columns,
    isComplete: columns.size === scalarFields.length,
    relations,
    primaryKey: model.primaryKey,
    uniqueKeys: new Map([
      ...scalarFields.filter(({ isUnique }) => isUnique).map(({ name }) => [name, [name]] as const),
      ...model.compoundKeys.map(({ name, fields }) => [name, fields] as const),
    ]),
  }
}

/** Turns Prisma's data model into what statements are compiled from. */
export const createModels = (document: DatamodelDocument, extraRelations: readonly ExtraRelation[] = []): Models =>
  new Map(document.models.map((model) => [model.name, toModel(model, document, extraRelations)]))
