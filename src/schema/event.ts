import type { Event } from '../../prisma/generated/client/client.ts'
import { globalId, type NodeName } from '../services/ids.ts'
import { builder } from './builder.ts'
import { UserType } from './user.ts'

export const EventType = builder.prismaNode('Event', {
  id: { field: 'id' },
  nullable: true,
  description: 'One row of the append-only log.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    action: t.exposeString('action', {
      description: 'Dotted noun.verb_past: media.uploaded, rendition.completed, …',
    }),
    actor: t.loadable({
      type: UserType,
      nullable: true,
      description: 'Null where the system itself acted.',
      load: (ids: string[], { services }) => services.users.byIds(ids),
      resolve: ({ actorId }: Event) => actorId,
    }),
    nodeId: t.id({ resolve: ({ nodeType, nodeId }) => globalId(nodeType as NodeName, nodeId) }), // written by `record` alone
    mediaId: t.id({
      nullable: true,
      resolve: ({ mediaId }) => (mediaId === null ? null : globalId('Media', mediaId)),
    }),
    data: t.expose('data', { type: 'JSON', description: 'What belongs to the action; one shape per action.' }),
    requestId: t.exposeString('requestId', { nullable: true }),
  }),
})

export const EventConnection = builder.connectionObject(
  { type: EventType, name: 'EventConnection' },
  { name: 'EventEdge' },
)
