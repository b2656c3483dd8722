import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { commonRefusals } from '../schema/errors.ts'
import '../schema/permissions.ts'
import { connectionQuery } from '../schema/plannedReads.ts'
import { UserConnection, UserType, UserUpsertInput } from '../schema/user.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

builder.queryFields((t) => ({
  viewer: t.prismaField({
    type: UserType,
    description: 'User whose token the request carries.',
    resolve: (query, _root, _args, { actor, services }) => services.users.viewer(actor, query),
  }),
  users: t.connection(
    {
      type: UserType,
      description:
        'Users, sorted by name, ignoring upper and lower case; with `search`, the closest match first. A search returns at most 1,000 users: if more match equally well, those created first. It needs the role editor or admin; viewers get a `FORBIDDEN` error.',
      args: {
        search: t.arg.string({
          required: false,
          description:
            'Text to find: names or beginnings of names in any order, or the beginning of an external id. Typos, accents and other spellings are tolerated; a blank text counts as null. At most 255 characters, of which the first 8 words count.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context, info) =>
        context.services.users.list(context.actor, args, connectionQuery(context, info)),
    },
    UserConnection,
  ),
  user: t.prismaField({
    type: UserType,
    nullable: true,
    description: 'One user by id; null if the user does not exist. Viewers get null for everyone but themselves.',
    args: { id: t.arg.id({ description: 'Global id of the user.' }) },
    resolve: (query, _root, { id }, { actor, services }) => services.users.find(actor, id, query),
  }),
}))

builder.mutationField('userUpsert', (t) =>
  t.field({
    type: UserType,
    description:
      'Creates a user before their first token, or renames an existing one, for an LMS that synchronizes its users. It can be repeated safely and never changes role or kind. It needs the role editor or admin.',
    args: { input: t.arg({ type: UserUpsertInput, description: 'Key and name of the user.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'UserUpsertResult',
        description:
          'The created or renamed `User`, or a refusal: `ForbiddenError` for viewers, `InvalidInputError` for invalid values, `StateConflictError` if the call lost its idempotency key to a retry and changed nothing. `NotFoundError` does not occur.',
      },
    },
    resolve: (_root, { input }, { actor, services }) => services.users.upsert(actor, input),
  }),
)
