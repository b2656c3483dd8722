import { v7 as uuid } from 'uuid'
import type { Resource } from '../../../prisma/generated/client/client.ts'
import { keyText, type ParsedResource, type ResourceKey } from '../kernel/resourceInput.ts'

interface ResourceTexts {
  title: string | null
  url: string | null
  parentId: string | null
}

type NewResource = ResourceKey & ResourceTexts & { id: string }

/** Resource that exists, or that the same transaction creates. */
export type KnownResource = NewResource & Pick<Resource, 'deletedAt'>

/** Changes that make the resources of a chain match the input, without moving or restoring any. */
export interface ChainPlan {
  updates: { existing: KnownResource; data: ResourceTexts }[]
  /** The lower end of the chain: below a new resource, all others are new, since an existing one would have to move. */
  creations: NewResource[]
  /** Whether resources above the chain, which the input does not name, count as parents too. */
  hasParentsAbove: boolean
  targetId: string
}

/** Plans the changes of a chain, from the top down. Null if a resource has to move, or to return from its deletion. */
export const planChain = (chain: readonly ParsedResource[], rows: readonly KnownResource[]): ChainPlan | null => {
  const byKey = new Map(rows.map((row) => [keyText(row), row]))
  const plan: ChainPlan = { updates: [], creations: [], hasParentsAbove: false, targetId: '' }
  let parentId: string | null = null
  for (const [index, input] of chain.entries()) {
    const { source, type, externalId } = input
    const existing = byKey.get(keyText(input))
    if (existing === undefined) {
      const [id, title, url]: [string, string | null, string | null] = [uuid(), input.title ?? null, input.url ?? null]
      plan.creations.push({ id, source, type, externalId, title, url, parentId })
      parentId = id
      continue
    }
    const keepsParent = index === 0 && input.parent !== null
    if (existing.deletedAt !== null || !(keepsParent || existing.parentId === parentId)) return null
    if (keepsParent && existing.parentId !== null) plan.hasParentsAbove = true
    const title = input.title === undefined ? existing.title : input.title
    const url = input.url === undefined ? existing.url : input.url
    if (title !== existing.title || url !== existing.url)
      plan.updates.push({ existing, data: { title, url, parentId: existing.parentId } })
    parentId = existing.id
  }
  plan.targetId = parentId ?? ''
  return plan
}
