import { type ColumnType, enumType, scalarType } from './columnTypes.ts'
import type { DatamodelDocument, ExtraRelation, FieldDocument, ModelDocument } from './datamodel.ts'
import { quote } from './identifiers.ts'
import { type Relation, toRelations } from './relations.ts'

export interface Column {
  name: string
  /** Quoted name in the table. */
  sql: string
  type: ColumnType
  isList: boolean
  isRequired: boolean
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

const toModel = (
  model: ModelDocument,
  document: DatamodelDocument,
  extraRelations: readonly ExtraRelation[],
): Model => {
  const scalarFields = model.fields.filter(({ kind }) => kind !== 'object')
  const columns = toColumns(scalarFields, document)
  return {
    name: model.name,
    table: `${quote(model.schema)}.${quote(model.table)}`,
    columns,
    isComplete: columns.size === scalarFields.length,
    relations: toRelations(model, document, extraRelations),
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
