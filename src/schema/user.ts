import { builder } from './builder.ts'
import { RoleEnum, UserKindEnum } from './enums.ts'

export const UserType = builder.prismaNode('User', {
  id: { field: 'id' },
  nullable: true,
  description: 'A person or a program that has called, known from its token.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: "The token's `sub`." }),
    name: t.exposeString('name'),
    kind: t.expose('kind', { type: UserKindEnum }),
    role: t.expose('role', { type: RoleEnum, description: 'As in the last token seen.' }),
  }),
})
