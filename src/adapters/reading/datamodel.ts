/** Prisma's data model, as `prisma/readingModel.mjs` writes it. */
export interface DatamodelDocument {
  models: readonly ModelDocument[]
  enums: readonly { name: string; type: string; values: readonly { name: string; stored: string }[] }[]
}

export interface ModelDocument {
  name: string
  table: string
  schema: string
  fields: readonly FieldDocument[]
  primaryKey: readonly string[]
  compoundKeys: readonly { name: string; fields: readonly string[] }[]
}

export interface FieldDocument {
  name: string
  column: string
  /** `scalar`, `enum`, or `object` for a relation. */
  kind: string
  type: string
  isList: boolean
  isRequired: boolean
  isUnique: boolean
  nativeType: string | null
  nativeArguments: readonly string[]
  relationName: string | null
  /** Fields of the foreign key, and the fields to which they refer; both empty on the other side of a relation. */
  from: readonly string[]
  to: readonly string[]
}

/** A list of rows that can be read like a relation, though no foreign key leads to them. */
export interface ExtraRelation {
  from: string
  name: string
  to: string
  /** Fields of `to` by the fields of `from` that they equal. */
  keys: Readonly<Record<string, string>>
}
