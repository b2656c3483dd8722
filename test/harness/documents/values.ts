import {
  type GraphQLInputType,
  GraphQLNonNull,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'
import { unknownUuid } from '../ids.ts'
import { filterFieldNames, filterModel, type LibraryModel } from '../libraryModel.ts'
import type { Random } from '../random.ts'

/** Values from which random arguments are chosen. */
export interface ValuePool {
  library: LibraryModel
  /** Global ids by the name of their type. */
  ids: Map<string, string[]>
  /** Cursors by their list, written `Media.usages`. */
  cursors: Map<string, string[]>
}

/** Place of an argument or of a field of an input object. */
interface Place {
  name: string
  /** List or object that the argument belongs to, written `Media.usages`. */
  coordinate: string
  /** Type of the object that the field returns. */
  returns: string
}

/** Types of the objects that arguments with these names refer to; others refer to what the field returns. */
const typesByName: Record<string, string> = {
  actorId: 'User',
  assignedById: 'User',
  folderId: 'Folder',
  mediaId: 'Media',
  parentId: 'Folder',
  uploadedById: 'User',
  userId: 'User',
  userIds: 'User',
}
const malformedIds = ['', 'Media', 'Media:1', `Nothing:${unknownUuid}`, unknownUuid]
const times = ['2024-06-01T00:00:00.000Z', '2025-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z']
const strings = [
  '',
  'a',
  'Cell',
  'divison',
  '1',
  'LAW',
  'default',
  'course',
  'media.updated',
  'null',
  '%',
  "' OR 1=1 --",
]

export const createValues = ({ library, ids, cursors }: ValuePool) => {
  const allIds = [...ids.values()].flat()

  const idOf = (random: Random, { name, returns }: Place): string => {
    if (random.chance(0.05)) return random.one(malformedIds)
    const known = ids.get(typesByName[name] ?? returns)
    if (random.chance(name === 'id' ? 0.05 : 0.25)) return `${typesByName[name] ?? 'Media'}:${unknownUuid}`
    return random.one(known === undefined || random.chance(0.1) ? allIds : known)
  }

  const cursorOf = (random: Random, { coordinate }: Place): string => {
    const own = cursors.get(coordinate) ?? []
    if (own.length > 0 && random.chance(0.85)) return random.one(own)
    return random.one([...cursors.values()].flat().concat('', 'bm90aGluZw'))
  }

  const filterOf = (random: Random): object =>
    Object.fromEntries(
      random
        .some(filterFieldNames, 0.12)
        .map((name) => [name, random.valueOf(filterModel[name].values(library) as never) as unknown]), // as: a value of its own field
    )

  const scalarOf = (random: Random, typeName: string, place: Place): unknown => {
    const { name } = place
    if (name === 'after' || name === 'before') return cursorOf(random, place)
    if (name === 'first' || name === 'last')
      return random.chance(0.04) ? random.one([0, -1, 101]) : random.integer(1, 3)
    if (name === 'expiresInSeconds') return random.one([60, 61, 3600, 604_800, 604_800, 59, 604_801])
    if (typeName === 'ID') return idOf(random, place)
    if (typeName === 'Boolean') return random.chance(0.5)
    if (typeName === 'DateTime') return random.one(times)
    return typeName === 'String' ? random.one(strings) : random.integer(0, 30)
  }

  /** Random value for an argument of this type, in the form in which variables are sent. */
  const createValue = (random: Random, type: GraphQLInputType, place: Place): unknown => {
    if (isNonNullType(type)) return createValue(random, type.ofType, place)
    if (random.chance(0.06)) return null
    if (isListType(type))
      return Array.from({ length: random.integer(0, place.name === 'ids' ? 6 : 3) }, () =>
        requiredOf(random, new GraphQLNonNull(getNullableType(type.ofType)), place),
      )
    if (isEnumType(type)) return random.one(type.getValues()).name
    if (!isInputObjectType(type)) return scalarOf(random, type.name, place)
    if (type.name === 'MediaFilter') return filterOf(random)
    const known = type.name === 'ResourceRef' && random.chance(0.8) ? random.one(library.resources) : null
    if (known !== null) return { source: known.source, type: known.type, externalId: known.externalId }
    const fields = Object.values(type.getFields()).filter((field) => isRequiredInputField(field) || random.chance(0.2))
    return Object.fromEntries(
      fields.map((field) => [field.name, requiredOf(random, field.type, { ...place, name: field.name })]),
    )
  }

  const requiredOf = (random: Random, type: GraphQLInputType, place: Place): unknown => {
    if (!isNonNullType(type)) return createValue(random, type, place)
    for (;;) {
      const value = createValue(random, type, place)
      if (value !== null) return value
    }
  }
  return requiredOf
}
