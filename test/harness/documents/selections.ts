import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isUnionType,
} from 'graphql'
import type { Random } from '../random.ts'
import type { createArguments } from './arguments.ts'

type Field = GraphQLField<unknown, unknown>

/** Fields of one object that were selected before, by response name: selecting one again must not contradict it. */
type Scope = Map<string, { args: string; scope: Scope }>

/** Fields that are selected more often: those that clients read most, and those that can be refused. */
const frequentFields = new Set([
  ...['media', 'mediaList', 'node', 'nodes', 'edges', 'folders', 'history', 'pageInfo', 'endCursor', 'currentVersion'],
  ...['deletedAt', 'purgeAt', 'sizeBytes', 'storageUri', 'thumbnailUrl', 'url', 'versions', 'viewerCanDelete'],
])

/** Mutations that could succeed for viewers. */
const changing = new Set(['mediaUploadCancel', 'operationCancel'])

const isLeaf = (field: Field): boolean => isLeafType(getNamedType(field.type))

const fieldsOf = (type: GraphQLCompositeType): Field[] =>
  isUnionType(type) ? [] : Object.values(type.getFields()).filter(({ name }) => !changing.has(name))

/** Names of leaves that have another type elsewhere: fragments on several types must not select them by their name. */
const ambiguousLeaves = (schema: GraphQLSchema): Set<string> => {
  const fields = Object.values(schema.getTypeMap()).filter(isObjectType).flatMap(fieldsOf)
  const groups = Map.groupBy(fields, ({ name }) => name)
  const hasTypes = (group: Field[]) => new Set(group.map(({ type }) => String(type))).size > 1
  return new Set([...groups].filter(([, group]) => hasTypes(group)).map(([name]) => name))
}

interface SelectionsOptions {
  schema: GraphQLSchema
  random: Random
  args: ReturnType<typeof createArguments>
  maxDepth: number
  /** Probability that a selection contains another leaf instead of an object. */
  leafShare: number
}

/** Writes the selections of one document, and the fragments that they use. */
export const createSelections = ({ schema, random, args, maxDepth, leafShare }: SelectionsOptions) => {
  const fragments: { name: string; type: string; text: string }[] = []
  const ambiguous = ambiguousLeaves(schema)
  let remaining = random.integer(8, 50)
  let aliasCount = 0

  /** Whether a field can be selected by its name. Without a scope, it is unknown what else is selected of the object. */
  const isNamed = (field: Field, scope: Scope | null): boolean => {
    if (scope === null) return isLeaf(field) && field.args.length === 0 && !ambiguous.has(field.name)
    return random.chance(scope.has(field.name) ? 0.6 : 0.92)
  }

  const fieldText = (type: GraphQLCompositeType, field: Field, depth: number, scope: Scope | null): string => {
    const named = getNamedType(field.type)
    const key = isNamed(field, scope) ? field.name : `a${aliasCount++}`
    const known = key === field.name ? scope?.get(key) : undefined
    const text = known?.args ?? args.of(field.args, `${type.name}.${field.name}`, named.name)
    const inner: Scope = known?.scope ?? new Map()
    if (key === field.name) scope?.set(key, { args: text, scope: inner })
    const selection = isCompositeType(named) ? ` ${selectionText(named, depth + 1, inner)}` : ''
    return `${key === field.name ? key : `${key}: ${field.name}`}${text}${args.directive()}${selection}`
  }

  const anyFieldText = (type: GraphQLCompositeType, depth: number, scope: Scope | null): string => {
    const { leaves = [], objects = [] } = Object.groupBy(fieldsOf(type), (field) =>
      isLeaf(field) ? 'leaves' : 'objects',
    )
    remaining -= 1
    const isEnd = depth >= maxDepth || remaining <= 0 || objects.length === 0
    const candidates = isEnd || (leaves.length > 0 && random.chance(leafShare)) ? leaves : objects
    if (candidates.length === 0 || random.chance(0.04)) return '__typename'
    const frequent = candidates.filter(({ name }) => frequentFields.has(name))
    const field = random.one(frequent.length > 0 && random.chance(depth === 0 ? 0.6 : 0.35) ? frequent : candidates)
    return fieldText(type, field, depth, scope)
  }

  const fragmentText = (type: GraphQLCompositeType, depth: number, scope: Scope | null): string => {
    const interfaces = isObjectType(type) && random.chance(0.1) ? type.getInterfaces() : []
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
    const condition = random.one<GraphQLCompositeType>(interfaces.length > 0 ? interfaces : possible)
    const known = fragments.filter((fragment) => fragment.type === condition.name)
    if (known.length > 0 && random.chance(0.4)) return `...${random.one(known).name}${args.directive()}`
    if (random.chance(0.6)) {
      const text = selectionText(condition, depth, condition === type ? scope : null)
      return `...${condition === type && random.chance(0.3) ? '' : ` on ${condition.name}`}${args.directive()} ${text}`
    }
    const text = selectionText(condition, depth, null)
    const name = `F${fragments.length}`
    fragments.push({ name, type: condition.name, text })
    return `...${name}${args.directive()}`
  }

  const selectionText = (type: GraphQLCompositeType, depth: number, scope: Scope | null): string => {
    const isFragment = (): boolean =>
      remaining > 0 && depth < maxDepth && random.chance(isAbstractType(type) ? 0.85 : 0.12)
    const maxParts = depth === 0 || leafShare < 0.1 ? 2 : 7
    const parts = Array.from({ length: random.integer(1, maxParts) }, () =>
      isFragment() ? fragmentText(type, depth, scope) : anyFieldText(type, depth, scope),
    )
    return `{ ${parts.join(' ')} }`
  }

  return { fragments, textOf: (root: GraphQLCompositeType): string => selectionText(root, 0, new Map()) }
}
