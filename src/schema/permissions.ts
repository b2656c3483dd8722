import { permissionsFor, type ViewerPermissions } from '../services/user/permissions.ts'
import { builder } from './builder.ts'
import { UserType } from './user.ts'

const ViewerPermissionsType = builder.objectRef<ViewerPermissions>('ViewerPermissions').implement({
  description:
    'Actions that the role in the token of the call allows, for a person as for a program. Whether an action on one object is allowed, its verdicts tell, such as `Media.viewerCanDelete`.',
  fields: (t) => ({
    upload: t.exposeBoolean('upload', {
      description: 'Whether the caller may upload files and change the media made from them.',
    }),
    link: t.exposeBoolean('link', { description: 'Whether the caller may link media to resources and unlink them.' }),
    assign: t.exposeBoolean('assign', { description: 'Whether the caller may assign media to users.' }),
    analytics: t.exposeBoolean('analytics', { description: 'Whether the caller may read `analytics`.' }),
    purge: t.exposeBoolean('purge', {
      description: 'Whether the caller may delete media in the trash permanently.',
    }),
    readLog: t.exposeBoolean('readLog', { description: 'Whether the caller may read the whole audit log.' }),
    administer: t.exposeBoolean('administer', {
      description: 'Whether the caller may change media that other users own.',
    }),
  }),
})

builder.prismaObjectField(UserType, 'permissions', (t) =>
  t.field({
    type: ViewerPermissionsType,
    nullable: true,
    extensions: { dependsOnCaller: true },
    description: 'Actions that the token of the call allows; null for every user but the caller.',
    select: { id: true },
    resolve: (user, _args, { actor }) => permissionsFor(actor, user),
  }),
)
