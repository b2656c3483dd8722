import { builder } from '../schema/builder.ts'

builder.queryFields((t) => ({
  node: t.node({
    description:
      'Any object by its global id; null if it does not exist, is in the trash, or may not be seen by the caller. A malformed id is an `INVALID_INPUT` error.',
    args: { id: t.arg.id({ description: 'Global id, such as `Media:<uuid>`.' }) },
    id: async (_root, { id }, { actor, services }) => (await services.nodes.findVisible(actor, [id]))[0] ?? null,
  }),
  nodes: t.nodeList({
    description:
      'Objects by their global ids, in the order of the ids. An entry is null if the object does not exist, is in the trash, or may not be seen by the caller.',
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.min(100, Math.max(1, ids.length)) }),
    args: { ids: t.arg.idList({ description: 'Global ids of any types: at most 100.' }) },
    ids: (_root, { ids }, { actor, services }) => services.nodes.findVisible(actor, ids),
  }),
}))
