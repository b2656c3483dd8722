import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { line } from './input.ts'

/** Parents above a resource. */
export const maxDepth = 10

/** What identifies a resource: in which LMS, what it is, and the LMS's own key. */
export interface ResourceKey {
  source: string
  type: string
  externalId: string
}

export interface ResourceRef {
  source?: string | null
  type: string
  externalId: string
}

/** An absent title, URL or parent stays as it is, null clears it. */
export interface ResourceInput extends ResourceRef {
  title?: string | null
  url?: string | null
  parent?: ResourceInput | null
}

const slug = z
  .string()
  .max(64, 'At most 64 characters.')
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'Lower-case letters, digits, _ and - only, beginning with a letter or digit.')

const url = line(2048).refine(
  (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
  'Not a URL that begins with http:// or https://.',
)

export const refShape = z.object({
  source: slug.nullish().transform((source) => source ?? 'default'),
  type: slug,
  externalId: line(255),
})

export const resourceShape = refShape.extend({
  title: line(500).nullish(),
  url: url.nullish(),
  get parent(): z.ZodOptional<z.ZodNullable<typeof resourceShape>> {
    return resourceShape.nullish()
  },
})

export type ParsedResource = z.output<typeof resourceShape>

export const keyText = ({ source, type, externalId }: ResourceKey): string => JSON.stringify([source, type, externalId])

/** Refuses a chain that is too long before anything walks down it. `path` is that of the resource in the input. */
export const refuseDeepChain = (input: ResourceInput, path: string): void => {
  let depth = 0
  for (let parent = input.parent; parent != null; parent = parent.parent) depth++
  if (depth > maxDepth) throw new InvalidInputError([{ path, message: `At most ${maxDepth} parents, not ${depth}.` }])
}

/** The resource and its parents, from the top down; refuses one that is its own ancestor. */
export const chainOf = (input: ParsedResource, path: string): ParsedResource[] => {
  const chain: ParsedResource[] = []
  const seenKeys = new Set<string>()
  let currentPath = path
  for (let node: ParsedResource | null | undefined = input; node != null; node = node.parent) {
    if (seenKeys.has(keyText(node)))
      throw new InvalidInputError([{ path: currentPath, message: `${node.type} ${node.externalId} is above itself.` }])
    seenKeys.add(keyText(node))
    chain.unshift(node)
    currentPath += '.parent'
  }
  return chain
}
