import { builder } from '../schema/builder.ts'
import { pageCost } from '../schema/cost.ts'
import { EventConnection, EventPageType, EventType, LogVerificationType } from '../schema/event.ts'

const actionsDescription = 'Names of docs/events.md; all where absent.'

builder.queryFields((t) => ({
  events: t.connection(
    {
      type: EventType,
      description:
        'The audit trail, newest first. For admins. `totalCount` counts what the filter lets through; where too many count at this moment, it answers `RATE_LIMITED`.',
      args: {
        actions: t.arg.stringList({ required: false, description: actionsDescription }),
        actorId: t.arg.id({ required: false }),
        nodeId: t.arg.id({ required: false, description: 'What the event is about: its `nodeId`.' }),
        from: t.arg({ type: 'DateTime', required: false, description: 'Inclusive.' }),
        to: t.arg({ type: 'DateTime', required: false, description: 'Exclusive.' }),
      },
      complexity: pageCost,
      resolve: (_root, args, { actor, services }) => services.eventLog.list(actor, args),
    },
    EventConnection,
  ),
  eventFeed: t.field({
    type: EventPageType,
    description:
      'The feed, oldest first, from the resume point on; from the beginning where there is none. For admins.',
    args: {
      after: t.arg.string({ required: false, description: "An event's `cursor`, or a page's `endCursor`." }),
      actions: t.arg.stringList({ required: false, description: actionsDescription }),
      nodeId: t.arg.id({ required: false, description: 'What the event is about: its `nodeId`.' }),
      first: t.arg.int({ required: false, description: '1 to 100; 20 where absent.' }),
    },
    complexity: ({ first }) => pageCost({ first }),
    resolve: (_root, args, { actor, services }) => services.eventLog.page(actor, args),
  }),
  eventsVerify: t.field({
    type: LogVerificationType,
    description: 'Reads the whole log and finds the first row that is not as it was written. For admins.',
    resolve: (_root, _args, { actor, services }) => services.eventLog.verify(actor),
  }),
}))

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventType,
    description:
      'Follows the feed without end: first what came after the resume point, or, where there is none, from now on. Each row once, in order, none skipped. For admins.',
    args: {
      after: t.arg.string({ required: false, description: "An event's `cursor`, or a page's `endCursor`." }),
      actions: t.arg.stringList({ required: false, description: actionsDescription }),
      nodeId: t.arg.id({ required: false, description: 'What the event is about: its `nodeId`.' }),
    },
    subscribe: (_root, args, { actor, services }) => services.eventLog.follow(actor, args),
    resolve: (event) => event,
  }),
)
