import { z } from 'zod'
import type { Event } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Connection } from '../kernel/paging.ts'
import { enforce, mayReadLog } from '../kernel/policies.ts'
import type { Database, Logger, PubSub } from '../kernel/ports.ts'
import { type AuditTrailArguments, createAuditTrail } from './auditTrail.ts'
import type { Checkpoints } from './checkpoints.ts'
import { type ChainedEvent, createFeed, type EventPage, type Feed, feedCursor, parseFeedCursor } from './feed.ts'
import { type EventFilterArguments, parseEventFilter } from './filter.ts'
import { createLiveFeed } from './liveFeed.ts'
import { createVerification, type LogVerification } from './verification.ts'

const pageShape = z.object({
  after: z.string().nullish(),
  first: z.int().min(1, 'Between 1 and 100.').max(100, 'Between 1 and 100.').nullish(),
})
/** Stands for the resume point of the present end in `eventFeed`, whose page can hold a cursor without an event. */
const presentEnd = 'now'

export type FeedArguments = EventFilterArguments & z.input<typeof pageShape>

/** The whole log, for admins: audit trail, feed and verification. */
export interface EventLog {
  /** Returns a page of the audit trail, newest first. */
  list(actor: Actor, args: AuditTrailArguments): Promise<Connection<Event>>
  /** Returns a page of the feed after the cursor, oldest first; after `now` an empty page with the present end. */
  readPage(actor: Actor, args: FeedArguments): Promise<EventPage>
  /** Streams the events after the cursor, or from now on without one. Delivers each once and in order; never ends. */
  subscribe(actor: Actor, args: FeedArguments): Promise<AsyncIterableIterator<ChainedEvent>>
  /** Returns the last assigned position, for the server itself. */
  readLastPosition: Feed['readLastPosition']
  /** Streams all events after a position, for the server itself: without asking for a permission. */
  follow(after: number): AsyncIterableIterator<ChainedEvent>
  /** Compares the whole log with its hash chain and the checkpoints. */
  verify(actor: Actor): Promise<LogVerification>
  /** Returns the place of each event in the chain, in the order of the ids; null while an event has none yet. */
  places: Feed['places']
  close(): void
}

interface EventLogOptions {
  database: Database
  pubsub: PubSub
  log: Logger
  checkpoints: Checkpoints
  /** Interval at which live subscriptions read the log without a notification. */
  pollIntervalMs?: number
}

export const createEventLog = ({
  database,
  pubsub,
  log,
  checkpoints,
  pollIntervalMs = 1000,
}: EventLogOptions): EventLog => {
  const feed = createFeed(database)
  const liveFeed = createLiveFeed({ feed, pubsub, log, pollIntervalMs })
  const auditTrail = createAuditTrail(database)
  const verify = createVerification({ database, checkpoints })

  return {
    async list(actor, args) {
      enforce(mayReadLog(actor))
      return auditTrail(args)
    },

    async readPage(actor, args) {
      enforce(mayReadLog(actor))
      const filter = parseEventFilter(args)
      const { first, after: cursor } = parseInput(pageShape, args)
      if (cursor === presentEnd)
        return { nodes: [], endCursor: feedCursor(await feed.readLastPosition()), hasNextPage: false }
      const after = (await parseFeedCursor(cursor, feed)) ?? 0
      const { events, endPosition, hasMore } = await feed.read(after, filter, first ?? 20)
      return { nodes: events, endCursor: feedCursor(endPosition), hasNextPage: hasMore }
    },

    async subscribe(actor, args) {
      enforce(mayReadLog(actor))
      const filter = parseEventFilter(args)
      if (args.after === presentEnd)
        throw new InvalidInputError([
          { path: 'after', message: 'Read a resume point first: the `endCursor` of `eventFeed(after: "now")`.' },
        ])
      // Without a cursor, start at the present end: every event that commits from now on gets a later position.
      const after = (await parseFeedCursor(args.after, feed)) ?? (await feed.readLastPosition())
      return liveFeed.subscribe(after, filter)
    },

    readLastPosition: feed.readLastPosition,

    follow: (after) => liveFeed.subscribe(after, { actions: null, node: null }),

    async verify(actor) {
      enforce(mayReadLog(actor))
      return verify()
    },

    places: feed.places,

    close: () => liveFeed.close(),
  }
}
