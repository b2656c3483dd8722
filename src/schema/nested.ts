import type { IndirectInclude } from '@pothos/plugin-prisma'

/** As the plugin calls it: its walker takes several paths, which the type of `select` does not tell. */
type NestedSelection = (query: { select: object }, include: IndirectInclude) => object

/**
 * What the parent's statement loads of a nested list: what is asked for below `nodes` and below `edges.node`, and always
 * the key, since a list may be asked for nothing but its cursors or its count.
 */
export const selectNestedRows = (nestedSelection: unknown, type: string, key: object): object =>
  (nestedSelection as NestedSelection)(
    // the plugin's own function, see above
    { select: key },
    { getType: () => type, paths: [[{ name: 'nodes' }], [{ name: 'edges' }, { name: 'node' }]] },
  )
