import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { EventConnection, EventPageType, EventType, LogVerificationType } from '../schema/event.ts'
import { timeouts } from '../schema/timeouts.ts'

const actionsDescription =
  'Returns only events with these actions, as listed in docs/events.md: 1 to 100. The default is all actions.'
const nodeIdDescription = 'Returns only events about the object with this id, given by their `nodeId`.'

builder.queryFields((t) => ({
  events: t.connection(
    {
      type: EventType,
      extensions: timeouts.counts,
      description:
        'The audit log, newest event first. It needs the role admin. `totalCount` counts the events that match the filter; filtered counts run one at a time, and a request that waits longer than 30 seconds for its count gets a `RATE_LIMITED` error.',
      args: {
        actions: t.arg.stringList({ required: false, description: actionsDescription }),
        actorId: t.arg.id({ required: false, description: 'Returns only events caused by this user.' }),
        nodeId: t.arg.id({ required: false, description: nodeIdDescription }),
        from: t.arg({ type: 'DateTime', required: false, description: 'Returns only events at or after this time.' }),
        to: t.arg({
          type: 'DateTime',
          required: false,
          description: 'Returns only events before this time. It must be later than `from`.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, { actor, services }) => services.eventLog.list(actor, args),
    },
    EventConnection,
  ),
  eventFeed: t.field({
    type: EventPageType,
    description:
      'One page of the event feed, oldest event first, for polling. It starts after the resume point, or at the beginning of the log. With the resume point `now`, the page is empty and its `endCursor` is the present end of the log: every event that is committed later follows after it. It needs the role admin.',
    args: {
      after: t.arg.string({
        required: false,
        description: 'Resume point: the `cursor` of an event or the `endCursor` of a page, with any filter; or `now`.',
      }),
      actions: t.arg.stringList({ required: false, description: actionsDescription }),
      nodeId: t.arg.id({ required: false, description: nodeIdDescription }),
      first: t.arg.int({ required: false, description: 'Maximum number of events: 1 to 100. The default is 20.' }),
    },
    complexity: ({ first }) => pageCost({ first }),
    resolve: (_root, args, { actor, services }) => services.eventLog.readPage(actor, args),
  }),
  eventsVerify: t.field({
    type: LogVerificationType,
    extensions: { ...timeouts.verification, dependsOnTime: true },
    description:
      'Verifies the whole audit log and reports the first damaged event. It reads every event, so it takes long on large logs; concurrent requests share one run. It needs the role admin.',
    resolve: (_root, _args, { actor, services }) => services.eventLog.verify(actor),
  }),
}))

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventType,
    description:
      'Follows the event feed without end: first the events after the resume point, then new ones as they are committed. Without a resume point it starts with the next event after the server has set it up, which a client of a WebSocket cannot observe: to miss nothing, start after the `endCursor` of `eventFeed(after: "now")`. Each event is delivered once, in order, and none is skipped. It needs the role admin.',
    args: {
      after: t.arg.string({
        required: false,
        description: 'Resume point: the `cursor` of an event or the `endCursor` of a page, with any filter.',
      }),
      actions: t.arg.stringList({ required: false, description: actionsDescription }),
      nodeId: t.arg.id({ required: false, description: nodeIdDescription }),
    },
    subscribe: (_root, args, { actor, services }) => services.eventLog.subscribe(actor, args),
    resolve: (event) => event,
  }),
)
