import { builder } from '../schema/builder.ts'
import { UserType } from '../schema/user.ts'

builder.queryField('viewer', (t) =>
  t.prismaField({
    type: UserType,
    description: 'Whoever calls.',
    resolve: (query, _root, _args, { actor, services }) => services.users.viewer(actor, query),
  }),
)
