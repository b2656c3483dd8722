import { externalIdFor } from '../services/user/profile.ts'
import { builder } from './builder.ts'
import { cleaning } from './cleaning.ts'
import { RoleEnum, UserKindEnum } from './enums.ts'

export const UserType = builder.prismaNode('User', {
  id: { field: 'id', description: 'Global id, written `User:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description: 'A person or a program, known from a token or from `userUpsert`.',
  fields: (t) => ({
    externalId: t.string({
      extensions: { dependsOnCaller: true },
      description:
        'Key of the user: the `sub` claim of their tokens. Empty for viewers who read another user, wherever they reach it.',
      select: { externalId: true },
      resolve: (user, _args, { actor }) => externalIdFor(actor, user),
    }),
    name: t.exposeString('name', {
      description:
        'Name of the user, from the last token with a new name or the last `userUpsert`, whichever came later. A token that repeats the name of the token before it does not overwrite a name set by `userUpsert`. A token without a name counts as one with the `sub` as name.',
    }),
    kind: t.expose('kind', {
      type: UserKindEnum,
      description:
        'Kind of the user, from the newest token whose data differed from what the server knew; PERSON before the first token.',
    }),
    role: t.expose('role', {
      type: RoleEnum,
      description:
        'Role of the user, from the newest token whose data differed from what the server knew; VIEWER before the first token. It is informational: the rights of a call depend on the token of that call.',
    }),
  }),
})

export const UserConnection = builder.connectionObject(
  { type: UserType, name: 'UserConnection', description: 'One page of a list of users.' },
  { name: 'UserEdge', description: 'A user on a page, with its cursor.' },
)

export const UserUpsertInput = builder.inputType('UserUpsertInput', {
  description: 'Input of `userUpsert`.',
  fields: (t) => ({
    externalId: t.string({ description: 'Key of the user, the `sub` claim of their tokens: 1 to 255 characters.' }),
    name: t.string({ description: `Name of the user; required. ${cleaning(255)}` }),
  }),
})
