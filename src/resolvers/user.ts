import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { commonRefusals } from '../schema/errors.ts'
import { UserConnection, UserType, UserUpsertInput } from '../schema/user.ts'

builder.queryFields((t) => ({
  viewer: t.prismaField({
    type: UserType,
    description: 'Whoever calls.',
    resolve: (query, _root, _args, { actor, services }) => services.users.viewer(actor, query),
  }),
  users: t.connection(
    {
      type: UserType,
      description:
        'For editors and admins. By name; with `search`, the nearest first, and of very common names the first 1000 who appeared.',
      args: {
        search: t.arg.string({
          required: false,
          description:
            'Names or beginnings of names, in any order, forgiving of accents, other spellings and typos; or the external id or its beginning. At most 255 characters.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.users.list(
          context.actor,
          args,
          queryFromInfo({ context, info, paths: [['nodes'], ['edges', 'node']] }),
        ),
    },
    UserConnection,
  ),
  user: t.prismaField({
    type: UserType,
    nullable: true,
    description: 'Viewers find only themselves.',
    args: { id: t.arg.id() },
    resolve: (query, _root, { id }, { actor, services }) => services.users.find(actor, id, query),
  }),
}))

builder.mutationField('userUpsert', (t) =>
  t.field({
    type: UserType,
    description:
      'For the LMS that sends its people: makes the user before their first token, or renames them. May be repeated; never changes role or kind.',
    args: { input: t.arg({ type: UserUpsertInput }) },
    errors: { types: commonRefusals, union: { name: 'UserUpsertResult' } },
    resolve: (_root, { input }, { actor, services }) => services.users.upsert(actor, input),
  }),
)
