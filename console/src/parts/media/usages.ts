import type { MediaUsage } from '../../data/mediaUsages.ts'

type Resource = Omit<MediaUsage['resource'], 'ancestors'>

/** A place with the places below it. `usage` is the link of the place itself, if it shows the media. */
export interface UsageNode {
  resource: Resource
  usage: MediaUsage | null
  children: UsageNode[]
}

/** Arranges links below the courses and chapters that hold their places, in the order of the links. */
export const toUsageTree = (usages: readonly MediaUsage[]): UsageNode[] => {
  const roots: UsageNode[] = []
  const nodes = new Map<string, UsageNode>()
  const nodeOf = (resource: Resource, siblings: UsageNode[]): UsageNode => {
    const known = nodes.get(resource.id)
    if (known !== undefined) return known
    const node: UsageNode = { resource, usage: null, children: [] }
    nodes.set(resource.id, node)
    siblings.push(node)
    return node
  }
  for (const usage of usages) {
    let siblings = roots
    for (const ancestor of usage.resource.ancestors) siblings = nodeOf(ancestor, siblings).children
    nodeOf(usage.resource, siblings).usage = usage
  }
  return roots
}
