import { queryFromInfo } from '@pothos/plugin-prisma'
import { MediaInUseError } from '../services/kernel/errors.ts'
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

builder.objectType(MediaInUseError, {
  name: 'MediaInUseError',
  description:
    'The media is still linked or currently assigned, so it was not deleted. End those uses first, or delete with `force` as an admin.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    usageCount: t.exposeInt('usageCount', { description: 'Number of resources that show the media.' }),
    usages: t.connection(
      {
        type: MediaUsageType,
        description: 'Links to the media, in the order in which they were made.',
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
    assignmentCount: t.exposeInt('assignmentCount', {
      description: 'Number of users whose current assignment is this media.',
    }),
    assignments: t.connection(
      {
        type: AssignmentType,
        description: 'Current assignments of the media, in the order in which they were made.',
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
  description: 'A link or an assignment that could not be restored. Either `resource` or `user` is set.',
  fields: (t) => ({
    resource: t.loadable({
      type: ResourceType,
      nullable: true,
      description: 'Resource of the lost link; null for a lost assignment.',
      load: (ids: string[], { services }) => services.resources.byIds(ids),
      resolve: ({ resourceId }) => resourceId,
    }),
    user: t.loadable({
      type: UserType,
      nullable: true,
      description: 'User of the lost assignment; null for a lost link.',
      load: (ids: string[], { services }) => services.users.byIds(ids),
      resolve: ({ userId }) => userId,
    }),
    reason: t.exposeString('reason', { description: 'Why it could not be restored, for people.' }),
  }),
})

export const MediaRestorationType = builder.objectRef<MediaRestoration>('MediaRestoration').implement({
  description: 'A restored media, and what could not be restored with it.',
  fields: (t) => ({
    media: t.field({ type: MediaType, description: 'The restored media.', resolve: ({ media }) => media }),
    lost: t.expose('lost', {
      type: [LostLinkType],
      description: 'Links and assignments that could not be restored; empty if everything was.',
    }),
  }),
})

builder.prismaObjectFields(MediaType, (t) => ({
  deletedAt: t.expose('deletedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'Time at which the media was moved to the trash; null outside the trash.',
  }),
  deletedBy: t.relation('deletedBy', {
    nullable: true,
    description: 'User who moved the media to the trash; null outside the trash, and if the server itself did.',
  }),
  purgeAt: t.expose('purgeAt', {
    type: 'DateTime',
    nullable: true,
    description: 'Earliest time at which the media is purged automatically; null outside the trash.',
  }),
}))

export const MediaDeleteInput = builder.inputType('MediaDeleteInput', {
  description: 'Input of `mediaDelete`.',
  fields: (t) => ({
    id: t.id({ description: 'Media to move to the trash.' }),
    force: t.boolean({
      required: false,
      description:
        'Deletes the media although it is in use: its links are removed and its current assignments end. `mediaRestore` brings them back where possible. Only for admins. The default is false.',
    }),
  }),
})
