import { builder } from '../schema/builder.ts'

builder.queryFields((t) => ({
  node: t.node({
    description: 'Anything that has an id; null where it leads nowhere.',
    args: { id: t.arg.id() },
    id: async (_root, { id }, { actor, services }) => (await services.nodes.findVisible(actor, [id]))[0] ?? null,
  }),
  nodes: t.nodeList({
    description: 'At most 100, in the order of the ids.',
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.min(100, Math.max(1, ids.length)) }),
    args: { ids: t.arg.idList() },
    ids: (_root, { ids }, { actor, services }) => services.nodes.findVisible(actor, ids),
  }),
}))
