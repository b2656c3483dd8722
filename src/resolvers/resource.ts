import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { DeletedType } from '../schema/deleted.ts'
import { commonRefusals } from '../schema/errors.ts'
import { ResourceConnection, ResourceMediaSetInput, ResourceType } from '../schema/resource.ts'
import { ResourceRef } from '../schema/resourceInput.ts'
import { BatchRefusedError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  resource: t.prismaField({
    type: ResourceType,
    nullable: true,
    description: 'Null where it was never named, or the LMS has removed it.',
    args: { ref: t.arg({ type: ResourceRef }) },
    resolve: (query, _root, { ref }, { actor, services }) => services.resources.find(actor, ref, query),
  }),
  courses: t.connection(
    {
      type: ResourceType,
      description: 'Resources of the type course, of every LMS, by title.',
      args: { search: t.arg.string({ required: false, description: 'In title or external id.' }) },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.resources.courses(
          context.actor,
          args,
          queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] }),
        ),
    },
    ResourceConnection,
  ),
}))

builder.mutationFields((t) => ({
  resourceMediaSet: t.field({
    type: ResourceType,
    description: 'Makes the resource show exactly these media: all or nothing.',
    args: { input: t.arg({ type: ResourceMediaSetInput }) },
    errors: { types: [BatchRefusedError, ...commonRefusals], union: { name: 'ResourceMediaSetResult' } },
    resolve: (_root, { input }, { actor, services }) => services.resources.setMedia(actor, input),
  }),
  resourceDelete: t.field({
    type: DeletedType,
    description: 'The LMS removed it: it and everything below it is unlinked. May be repeated.',
    args: { ref: t.arg({ type: ResourceRef }) },
    errors: { types: commonRefusals, union: { name: 'ResourceDeleteResult' } },
    resolve: (_root, { ref }, { actor, services }) => services.resources.delete(actor, ref),
  }),
}))
