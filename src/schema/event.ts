import type { Event } from '../../prisma/generated/client/client.ts'
import { type ChainedEvent, type EventPage, feedCursor } from '../services/event/feed.ts'
import { faultDescriptions, type LogVerification } from '../services/event/verification.ts'
import { globalId, type NodeName } from '../services/kernel/ids.ts'
import { builder } from './builder.ts'
import { UserType } from './user.ts'

const isChained = (event: Pick<Event, 'id'>): event is ChainedEvent => 'position' in event

export const EventType = builder.prismaNode('Event', {
  id: { field: 'id', description: 'Global id, written `Event:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description:
    'One row of the append-only audit log. Admins see all events; editors see those of media and of their own uploads.',
  fields: (t) => ({
    cursor: t.string({
      nullable: true,
      description:
        'Resume point of this event in `eventFeed` and in the `events` subscription; null for up to about a second, until the sequencer has numbered the event.',
      resolve: async (event, _args, { loaders }) => {
        const place = isChained(event) ? event : await loaders.eventPlace.load(event.id)
        return place === null ? null : feedCursor(place.position)
      },
    }),
    hash: t.string({
      nullable: true,
      description:
        'Hash of the chain at this event, in hexadecimal; null as long as `cursor` is. docs/events.md describes how to recompute it.',
      resolve: async (event, _args, { loaders }) => {
        const place = isChained(event) ? event : await loaders.eventPlace.load(event.id)
        return place === null ? null : Buffer.from(place.hash).toString('hex')
      },
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time of the change, by the clock of the database.' }),
    action: t.exposeString('action', {
      description:
        'What happened, as a noun and a past participle: `media.uploaded`, `rendition.completed`. docs/events.md lists every action.',
    }),
    actor: t.field({
      type: UserType,
      nullable: true,
      description: 'User who made the change; null if the server itself did, for example the worker.',
      select: { actorId: true },
      resolve: (event, _args, { loaders }) => {
        if (isChained(event)) return event.loadActor()
        return event.actorId === null ? null : loaders.user.load(event.actorId)
      },
    }),
    nodeId: t.id({
      description: 'Global id of the object that the event is about. The object may have been deleted since.',
      select: { nodeType: true, nodeId: true },
      resolve: ({ nodeType, nodeId }) => globalId(nodeType as NodeName, nodeId), // only `record` writes it
    }),
    mediaId: t.id({
      nullable: true,
      description:
        'Global id of the media that the event belongs to; null if it belongs to none. `history` of the media lists it.',
      select: { mediaId: true },
      resolve: ({ mediaId }) => (mediaId === null ? null : globalId('Media', mediaId)),
    }),
    data: t.expose('data', {
      type: 'JSON',
      description: 'Details of the event. Their shape depends on `action` and is documented in docs/events.md.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description:
        'Id of the request that made the change, for support; null for work in the background and for uploaded bytes.',
    }),
  }),
})

export const EventConnection = builder.connectionObject(
  { type: EventType, name: 'EventConnection', description: 'One page of a list of events.' },
  { name: 'EventEdge', description: 'An event on a page, with its cursor.' },
)

export const EventPageType = builder.objectRef<EventPage>('EventPage').implement({
  description: 'One page of the event feed, oldest event first.',
  fields: (t) => ({
    nodes: t.expose('nodes', {
      type: [EventType],
      description: 'Events of the page in the order of the feed; empty if there is nothing new.',
      complexity: { field: 1, multiplier: 1 },
    }),
    endCursor: t.exposeString('endCursor', {
      description:
        'Resume point after this page: pass it as `after` of the next request. It is set even if the page is empty.',
    }),
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether more matching events follow this page now.' }),
  }),
})

const LogFaultEnum = builder.enumType('LogFault', {
  description: 'Kind of damage that `eventsVerify` found in the audit log.',
  values: Object.fromEntries(Object.entries(faultDescriptions).map(([name, description]) => [name, { description }])),
})

export const LogVerificationType = builder.objectRef<LogVerification>('LogVerification').implement({
  description:
    'Result of comparing the whole audit log with its hash chain and with the checkpoints kept outside the database.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Whether the log is complete, unchanged and in its original order.' }),
    checked: t.expose('checked', {
      type: 'SafeInt',
      description:
        'Number of verified events: those before the first damaged one, or all numbered events if `ok` is true.',
    }),
    firstBroken: t.expose('firstBroken', {
      type: EventType,
      nullable: true,
      description: 'First damaged event; null if `ok` is true or the event no longer exists.',
    }),
    brokenPosition: t.expose('brokenPosition', {
      type: 'SafeInt',
      nullable: true,
      description:
        'Position of the first damage in the chain, counted from 1; null if `ok` is true or the damaged event has no position.',
    }),
    fault: t.expose('fault', {
      type: LogFaultEnum,
      nullable: true,
      description: 'Kind of the damage, for programs; null if `ok` is true.',
    }),
    reason: t.string({
      nullable: true,
      description: 'Explanation of `fault`, for people; null if `ok` is true.',
      resolve: ({ fault, detail }) =>
        fault === null ? null : [faultDescriptions[fault], detail].filter((sentence) => sentence !== null).join(' '),
    }),
  }),
})
