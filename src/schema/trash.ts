import { queryFromInfo } from '@pothos/plugin-prisma'
import { MediaInUseError } from '../services/kernel/errors.ts'
import { mayChangeLiveMedia, mayDeleteMedia } from '../services/kernel/policies.ts'
import type { LostLink } from '../services/trash/transitions.ts'
import type { MediaRestoration } from '../services/trash/trash.ts'
import { AssignmentConnection, AssignmentType } from './assignment.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { ErrorInterface } from './errors.ts'
import { MediaType } from './media.ts'
import { ResourceType } from './resource.ts'
import { MediaUsageConnection, MediaUsageType } from './usage.ts'
import { UserType } from './user.ts'
import { VerdictType } from './verdict.ts'

builder.objectType(MediaInUseError, {
  name: 'MediaInUseError',
  description: 'It is still shown somewhere, or assigned to somebody; says where and to whom.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    usageCount: t.exposeInt('usageCount'),
    usages: t.connection(
      {
        type: MediaUsageType,
        complexity: pageCost,
        resolve: ({ mediaId }, args, context, info) =>
          context.services.usages.ofMedia(
            mediaId,
            args,
            queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] }),
          ),
      },
      MediaUsageConnection,
    ),
    assignmentCount: t.exposeInt('assignmentCount'),
    assignments: t.connection(
      {
        type: AssignmentType,
        description: 'Current ones, in the order in which they were given.',
        complexity: pageCost,
        resolve: ({ mediaId }, args, context, info) =>
          context.services.assignments.ofMedia(
            context.actor,
            mediaId,
            args,
            queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] }),
          ),
      },
      AssignmentConnection,
    ),
  }),
})

const LostLinkType = builder.objectRef<LostLink>('LostLink').implement({
  description: 'A link or an assignment that could not come back: names the resource or the user.',
  fields: (t) => ({
    resource: t.loadable({
      type: ResourceType,
      nullable: true,
      load: (ids: string[], { services }) => services.resources.byIds(ids),
      resolve: ({ resourceId }) => resourceId,
    }),
    user: t.loadable({
      type: UserType,
      nullable: true,
      load: (ids: string[], { services }) => services.users.byIds(ids),
      resolve: ({ userId }) => userId,
    }),
    reason: t.exposeString('reason', { description: 'Why, in words for people.' }),
  }),
})

export const MediaRestorationType = builder.objectRef<MediaRestoration>('MediaRestoration').implement({
  description: 'A media and what could not come back with it.',
  fields: (t) => ({
    media: t.field({ type: MediaType, resolve: ({ media }) => media }),
    lost: t.expose('lost', { type: [LostLinkType] }),
  }),
})

builder.prismaObjectFields(MediaType, (t) => ({
  deletedAt: t.expose('deletedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'Set while it lies in the trash.',
  }),
  purgeAt: t.expose('purgeAt', {
    type: 'DateTime',
    nullable: true,
    description: 'When the trash gives it up for good.',
  }),
  viewerCanUpdate: t.field({
    type: VerdictType,
    resolve: (media, _args, { actor }) => ({ decision: mayChangeLiveMedia(actor, media) }),
  }),
  viewerCanDelete: t.field({
    type: VerdictType,
    description: 'Without `force`, which admins may use on what is in use.',
    resolve: (media, _args, { actor }) => ({ decision: mayDeleteMedia(actor, media) }),
  }),
}))

export const MediaDeleteInput = builder.inputType('MediaDeleteInput', {
  fields: (t) => ({
    id: t.id(),
    force: t.boolean({
      required: false,
      description:
        'Delete although in use: links and current assignments end, restoring brings back what it can. Admins only.',
    }),
  }),
})
