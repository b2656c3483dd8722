import type { IndirectInclude } from '@pothos/plugin-prisma'

/** Actual signature of the function that the plugin passes to `select`: it accepts several paths, but its type does not say so. */
type NestedSelection = (query: { select: object }, include: IndirectInclude) => object

/**
 * Builds the selection with which the parent's statement loads a nested list: the fields selected below `nodes` and below
 * `edges.node`, plus the key. The key is needed even if only cursors or the count are selected.
 */
export const selectNestedRows = (nestedSelection: unknown, type: string, key: object): object =>
  (nestedSelection as NestedSelection)(
    // the plugin's own function, see above
    { select: key },
    { getType: () => type, paths: [[{ name: 'nodes' }], [{ name: 'edges' }, { name: 'node' }]] },
  )
