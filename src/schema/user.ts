import { builder } from './builder.ts'
import { RoleEnum, UserKindEnum } from './enums.ts'

export const UserType = builder.prismaNode('User', {
  id: { field: 'id' },
  nullable: true,
  description: 'A person or a program, known from its token or from `userUpsert`.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: "The token's `sub`." }),
    name: t.exposeString('name', {
      description:
        'As it was last said, by a token or by `userUpsert`. A token that repeats the name of the last token says nothing new: what `userUpsert` has said since then stays. A token that names nobody says the `sub`.',
    }),
    kind: t.expose('kind', {
      type: UserKindEnum,
      description: 'As in the last token that told its server process something new; PERSON before the first.',
    }),
    role: t.expose('role', {
      type: RoleEnum,
      description:
        'As in the last token that told its server process something new; VIEWER before the first. What a caller may do follows from the token of the call, not from this.',
    }),
  }),
})

export const UserConnection = builder.connectionObject({ type: UserType, name: 'UserConnection' }, { name: 'UserEdge' })

export const UserUpsertInput = builder.inputType('UserUpsertInput', {
  fields: (t) => ({
    externalId: t.string({ description: 'The `sub` of their tokens; at most 255 characters.' }),
    name: t.string({ description: 'One line of at most 255 characters.' }),
  }),
})
