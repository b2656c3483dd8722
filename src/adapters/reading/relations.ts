import type { DatamodelDocument, ExtraRelation, FieldDocument, ModelDocument } from './datamodel.ts'
import { quote } from './identifiers.ts'

export interface Relation {
  /** Name of the related model. */
  model: string
  isList: boolean
  /** Whether Prisma does not know it. */
  isExtra: boolean
  /** Pairs of quoted columns that are equal in related rows: here and there. */
  pairs: readonly (readonly [string, string])[]
}

const columnOf = ({ fields }: ModelDocument, name: string): string =>
  quote(fields.find((field) => field.name === name)?.column ?? name)

/** Returns the fields that are equal in both models. The side without the foreign key names none: its opposite does. */
const keysOf = (field: FieldDocument, from: ModelDocument, to: ModelDocument) => {
  if (field.from.length > 0) return { here: field.from, there: field.to }
  const isOpposite = (other: FieldDocument): boolean => other.relationName === field.relationName
  const opposite = to.fields.find((other) => isOpposite(other) && other.type === from.name && other.from.length > 0)
  return opposite === undefined ? null : { here: opposite.to, there: opposite.from }
}

const toRelation = (field: FieldDocument, from: ModelDocument, to: ModelDocument): Relation | null => {
  const keys = keysOf(field, from, to)
  if (keys === null) return null
  const toPair = (name: string, index: number) => [columnOf(from, name), columnOf(to, keys.there[index] ?? '')] as const
  return { model: to.name, isList: field.isList, isExtra: false, pairs: keys.here.map(toPair) }
}

const toExtraRelation = (
  { name, keys }: ExtraRelation,
  from: ModelDocument,
  to: ModelDocument | undefined,
): Relation => {
  if (to === undefined) throw new Error(`${from.name}.${name} leads to an unknown model.`)
  const pairs = Object.entries(keys).map(([here, there]) => [columnOf(from, here), columnOf(to, there)] as const)
  return { model: to.name, isList: true, isExtra: true, pairs }
}

/** Returns the relations of a model by their names. */
export const toRelations = (
  model: ModelDocument,
  { models }: DatamodelDocument,
  extraRelations: readonly ExtraRelation[],
): Map<string, Relation> => {
  const findModel = (name: string) => models.find((candidate) => candidate.name === name)
  const relations = new Map<string, Relation>()
  for (const field of model.fields.filter(({ kind }) => kind === 'object')) {
    const other = findModel(field.type)
    const relation = other === undefined ? null : toRelation(field, model, other)
    if (relation !== null) relations.set(field.name, relation)
  }
  for (const extra of extraRelations.filter(({ from }) => from === model.name))
    relations.set(extra.name, toExtraRelation(extra, model, findModel(extra.to)))
  return relations
}
