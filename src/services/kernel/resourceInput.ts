import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { key, label, webAddress } from './input.ts'

/** Maximum number of parents above a resource. */
export const maxParents = 10

/** Name of an LMS, or type of a resource. */
export const slug = z
  .string()
  .max(64, 'At most 64 characters.')
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, _ and - only, beginning with a letter or digit.')

/** Identity of a resource: the LMS, the type, and the LMS's own key. */
export const refShape = z.object({
  source: slug.nullish().transform((source) => source ?? 'default'),
  type: slug,
  externalId: key(255),
})
export type ResourceRef = z.input<typeof refShape>
export type ResourceKey = z.output<typeof refShape>

/** An absent title, URL or parent is left unchanged; null clears it. */
export const resourceShape = refShape.extend({
  title: label(500).nullish(),
  url: webAddress(2048).nullish(),
  get parent(): z.ZodOptional<z.ZodNullable<typeof resourceShape>> {
    return resourceShape.nullish()
  },
})
export type ResourceInput = z.input<typeof resourceShape>
export type ParsedResource = z.output<typeof resourceShape>

/** Text of a key, equal for equal keys only. */
export const keyText = ({ source, type, externalId }: ResourceKey): string => JSON.stringify([source, type, externalId])

/** Refuses too many parents before any code recurses into them. `path` is that of the resource in the input. */
export const checkChainDepth = (input: ResourceInput, path: string): void => {
  let depth = 0
  for (let parent = input.parent; parent != null; parent = parent.parent) depth++
  if (depth > maxParents)
    throw new InvalidInputError([{ path, message: `At most ${maxParents} parents, not ${depth}.` }])
}

/** Returns the resource and its parents, from the top down; refuses a resource that is its own ancestor. */
export const resourceChain = (input: ParsedResource, path: string): ParsedResource[] => {
  const chain: ParsedResource[] = []
  const seenKeys = new Set<string>()
  let currentPath = path
  for (let node: ParsedResource | null | undefined = input; node != null; node = node.parent) {
    if (seenKeys.has(keyText(node)))
      throw new InvalidInputError([
        { path: currentPath, message: `${node.type} ${node.externalId} is its own ancestor.` },
      ])
    seenKeys.add(keyText(node))
    chain.unshift(node)
    currentPath += '.parent'
  }
  return chain
}
