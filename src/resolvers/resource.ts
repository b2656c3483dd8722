import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { DeletedType } from '../schema/deleted.ts'
import { commonRefusals } from '../schema/errors.ts'
import { connectionQuery } from '../schema/plannedReads.ts'
import { ResourceConnection, ResourceMediaSetInput, ResourceType } from '../schema/resource.ts'
import { ResourceRef } from '../schema/resourceInput.ts'
import { timeouts } from '../schema/timeouts.ts'
import { BatchRefusedError, StateConflictError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  resource: t.prismaField({
    type: ResourceType,
    nullable: true,
    description: 'One resource by the key that the LMS uses; null if no LMS has named it, or if it was deleted.',
    args: { ref: t.arg({ type: ResourceRef, description: 'Key of the resource.' }) },
    resolve: (query, _root, { ref }, { actor, services }) => services.resources.find(actor, ref, query),
  }),
  courses: t.connection(
    {
      type: ResourceType,
      description:
        'Resources of the type `course` of every LMS, sorted by title (by external id without one), ignoring upper and lower case.',
      args: {
        search: t.arg.string({
          required: false,
          description:
            'Returns only courses whose title or external id contains this text, ignoring upper and lower case; a blank text counts as null. At most 200 characters.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.resources.courses(context.actor, args, connectionQuery(context, info)),
    },
    ResourceConnection,
  ),
  resources: t.connection(
    {
      type: ResourceType,
      description:
        'Resources that match every given argument, sorted by title (by external id without one), ignoring upper and lower case, with numbers by value. An unknown or deleted `parent` is a `NOT_FOUND` error.',
      args: {
        source: t.arg.string({
          required: false,
          description: 'Returns only resources of this LMS; absent or null means every LMS.',
        }),
        type: t.arg.string({ required: false, description: 'Returns only resources of this type, such as `chapter`.' }),
        parent: t.arg({
          type: ResourceRef,
          required: false,
          description: 'Returns only resources directly below this one.',
        }),
        search: t.arg.string({
          required: false,
          description:
            'Returns only resources whose title or external id contains this text, ignoring upper and lower case; a blank text counts as null. At most 200 characters.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.resources.list(context.actor, args, connectionQuery(context, info)),
    },
    ResourceConnection,
  ),
}))

builder.mutationFields((t) => ({
  resourceMediaSet: t.field({
    type: ResourceType,
    extensions: timeouts.bulk,
    description:
      'Makes a resource show exactly these media: links missing ones and unlinks the others, all or nothing. It can be repeated safely. It needs the role editor or admin.',
    args: { input: t.arg({ type: ResourceMediaSetInput, description: 'Resource and media.' }) },
    errors: {
      types: [BatchRefusedError, StateConflictError, ...commonRefusals],
      union: {
        name: 'ResourceMediaSetResult',
        description:
          'The `Resource`, or a refusal that changes nothing: `BatchRefusedError` with every media that does not exist or is in the trash, `InvalidInputError` for invalid values or too many parents, `ForbiddenError` for viewers, `StateConflictError` if the call lost its idempotency key to a retry and changed nothing.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.resources.setMedia(actor, input),
  }),
  resourceDelete: t.field({
    type: DeletedType,
    extensions: timeouts.bulk,
    description:
      'Deletes a resource that the LMS has removed, with everything below it, and unlinks their media. The media stay. It can be repeated safely. It needs the role editor or admin.',
    args: { ref: t.arg({ type: ResourceRef, description: 'Key of the resource.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'ResourceDeleteResult',
        description:
          'The id of the deleted resource as `Deleted`, also if it was deleted before, or a refusal: `NotFoundError` if no LMS has ever named it, `ForbiddenError` for viewers, `InvalidInputError` for an invalid key, `StateConflictError` if the call lost its idempotency key to a retry and changed nothing.',
      },
    },
    resolve: (_root, { ref }, { actor, services }) => services.resources.delete(actor, ref),
  }),
}))
