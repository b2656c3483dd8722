import type { Event } from '../../prisma/generated/client/client.ts'
import { type ChainedEvent, type EventPage, feedCursor } from '../services/event/feed.ts'
import { faultDescriptions, type LogVerification } from '../services/event/verification.ts'
import { globalId, type NodeName } from '../services/kernel/ids.ts'
import { builder } from './builder.ts'
import { UserType } from './user.ts'

const isChained = (event: Event): event is ChainedEvent => 'position' in event

export const EventType = builder.prismaNode('Event', {
  id: { field: 'id' },
  nullable: true,
  description: 'One row of the append-only log.',
  fields: (t) => ({
    cursor: t.string({
      nullable: true,
      description: 'Resume point in the feed; null for the moment before the row has been numbered and chained.',
      resolve: (event, _args, { loaders }) =>
        isChained(event) ? feedCursor(event.position) : loaders.eventCursor.load(event.id),
    }),
    at: t.expose('at', { type: 'DateTime' }),
    action: t.exposeString('action', {
      description: 'Dotted noun.verb_past: media.uploaded, rendition.completed, …',
    }),
    actor: t.field({
      type: UserType,
      nullable: true,
      description: 'Null where the system itself acted.',
      resolve: (event, _args, { loaders }) => {
        if (isChained(event)) return event.loadActor()
        return event.actorId === null ? null : loaders.user.load(event.actorId)
      },
    }),
    nodeId: t.id({ resolve: ({ nodeType, nodeId }) => globalId(nodeType as NodeName, nodeId) }), // written by `record` alone
    mediaId: t.id({
      nullable: true,
      resolve: ({ mediaId }) => (mediaId === null ? null : globalId('Media', mediaId)),
    }),
    data: t.expose('data', {
      type: 'JSON',
      description: 'What belongs to the action; one shape per action, in docs/events.md.',
    }),
    requestId: t.exposeString('requestId', { nullable: true }),
  }),
})

export const EventConnection = builder.connectionObject(
  { type: EventType, name: 'EventConnection' },
  { name: 'EventEdge' },
)

export const EventPageType = builder.objectRef<EventPage>('EventPage').implement({
  description: 'Oldest first. `endCursor` is where to go on, also when there is nothing new.',
  fields: (t) => ({
    nodes: t.expose('nodes', { type: [EventType], complexity: { field: 1, multiplier: 1 } }),
    endCursor: t.exposeString('endCursor'),
    hasNextPage: t.exposeBoolean('hasNextPage'),
  }),
})

const LogFaultEnum = builder.enumType('LogFault', {
  description: 'What is wrong with the log.',
  values: Object.fromEntries(Object.entries(faultDescriptions).map(([name, description]) => [name, { description }])),
})

export const LogVerificationType = builder.objectRef<LogVerification>('LogVerification').implement({
  description: 'Whether the log is what was written, all of it and in its order.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok'),
    checked: t.expose('checked', {
      type: 'SafeInt',
      description: 'Events that are right: up to the first broken one, or all that are numbered.',
    }),
    firstBroken: t.expose('firstBroken', { type: EventType, nullable: true, description: 'Null where it is gone.' }),
    brokenPosition: t.expose('brokenPosition', {
      type: 'SafeInt',
      nullable: true,
      description: 'Counted from 1; null where nothing is broken, or what is broken has no position.',
    }),
    fault: t.expose('fault', { type: LogFaultEnum, nullable: true, description: 'For programs.' }),
    reason: t.string({
      nullable: true,
      description: 'For people.',
      resolve: ({ fault }) => (fault === null ? null : faultDescriptions[fault]),
    }),
  }),
})
