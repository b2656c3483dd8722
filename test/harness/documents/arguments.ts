import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLInputType,
  isNonNullType,
  isRequiredArgument,
  print,
} from 'graphql'
import type { Random } from '../random.ts'
import type { createValues } from './values.ts'

const pageArguments = new Set(['first', 'last', 'after', 'before'])

/** Writes the arguments of one document: as literals, or as variables with and without values and defaults. */
export const createArguments = (random: Random, createValue: ReturnType<typeof createValues>) => {
  const declarations: string[] = []
  const variables: Record<string, unknown> = {}

  const literalOf = (value: unknown, type: GraphQLInputType): string => {
    const node = astFromValue(value, type)
    return node ? print(node) : 'null'
  }

  const variableOf = (value: unknown, type: GraphQLInputType): string => {
    const name = `v${declarations.length}`
    const isOptional = !isNonNullType(type)
    const hasDefault = isOptional && random.chance(0.3)
    declarations.push(`$${name}: ${type}${hasDefault ? ` = ${literalOf(value, type)}` : ''}`)
    if (random.chance(0.02)) variables[name] = random.one([[[{}]], { unknown: 1 }, 1.5, 'x'])
    else if (!hasDefault || random.chance(0.3)) variables[name] = isOptional && random.chance(0.1) ? undefined : value
    return `$${name}`
  }

  const textOf = (value: unknown, type: GraphQLInputType): string =>
    random.chance(0.4) ? variableOf(value, type) : literalOf(value, type)

  const isChosen = (argument: GraphQLArgument): boolean => {
    if (isRequiredArgument(argument)) return true
    if (['first', 'parentId', 'trashed'].includes(argument.name)) return random.chance(0.85)
    return random.chance(pageArguments.has(argument.name) ? 0.12 : 0.45)
  }

  return {
    declarations,
    variables,

    /** Arguments of a field in parentheses, or nothing. */
    of(args: readonly GraphQLArgument[], coordinate: string, returns: string): string {
      const chosen = args.filter(isChosen)
      // Both ends at once are refused: often enough, but not always.
      const isFromEnd = random.chance(0.5)
      const isDropped = (argument: GraphQLArgument): boolean =>
        !isRequiredArgument(argument) &&
        argument.name === (isFromEnd ? 'first' : 'last') &&
        chosen.some(({ name }) => name === (isFromEnd ? 'last' : 'first')) &&
        random.chance(0.95)
      const texts = chosen
        .filter((argument) => !isDropped(argument))
        .map(({ name, type }) => `${name}: ${textOf(createValue(random, type, { name, coordinate, returns }), type)}`)
      return texts.length > 0 ? `(${texts.join(', ')})` : ''
    },

    /** A condition by `@skip` or `@include`, mostly none. */
    directive(): string {
      if (random.chance(0.88)) return ''
      const isIncluded = random.chance(0.5)
      const condition = random.chance(0.75) === isIncluded
      const type = 'Boolean!'
      if (random.chance(0.4)) return ` @${isIncluded ? 'include' : 'skip'}(if: ${condition})`
      const name = `v${declarations.length}`
      declarations.push(`$${name}: ${type}`)
      variables[name] = condition
      return ` @${isIncluded ? 'include' : 'skip'}(if: $${name})`
    },
  }
}
