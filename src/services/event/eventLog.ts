import { z } from 'zod'
import type { Event } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput } from '../kernel/input.ts'
import type { Connection } from '../kernel/paging.ts'
import { enforce, mayReadLog } from '../kernel/policies.ts'
import type { Database, Logger, PubSub } from '../kernel/ports.ts'
import { type AuditTrailArguments, createAuditTrail } from './auditTrail.ts'
import type { Checkpoints } from './checkpoints.ts'
import { type ChainedEvent, createFeed, type EventPage, feedCursor, parseFeedCursor } from './feed.ts'
import { type EventFilterArguments, parseEventFilter } from './filter.ts'
import { createLiveFeed } from './liveFeed.ts'
import { createVerification, type LogVerification } from './verification.ts'

export interface FeedArguments extends EventFilterArguments {
  after?: string | null
  first?: number | null
}

/** The whole log, for admins: as audit trail, as feed, and as what can be verified. */
export interface EventLog {
  /** Newest first. */
  list(actor: Actor, args: AuditTrailArguments): Promise<Connection<Event>>
  /** Oldest first, from the resume point on. */
  page(actor: Actor, args: FeedArguments): Promise<EventPage>
  /** What came after the resume point, or comes from now on, once and in order; endless. */
  follow(actor: Actor, args: FeedArguments): Promise<AsyncIterableIterator<ChainedEvent>>
  verify(actor: Actor): Promise<LogVerification>
  /** The resume point of each event, in order; null for the moment before it has one. */
  cursors(eventIds: readonly string[]): Promise<(string | null)[]>
  close(): void
}

interface EventLogOptions {
  database: Database
  pubsub: PubSub
  log: Logger
  checkpoints: Checkpoints
  /** How often followers look at the log although nothing woke them. */
  pollIntervalMs?: number
}

const pageShape = z.object({
  first: z.int().min(1, 'Between 1 and 100.').max(100, 'Between 1 and 100.').nullish(),
})

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

    async page(actor, args) {
      enforce(mayReadLog(actor))
      const filter = parseEventFilter(args)
      const { first } = parseInput(pageShape, { first: args.first })
      const after = (await parseFeedCursor(args.after, feed)) ?? 0
      const { events, endPosition: end, hasMore: more } = await feed.read(after, filter, first ?? 20)
      return { nodes: events, endCursor: feedCursor(end), hasNextPage: more }
    },

    async follow(actor, args) {
      enforce(mayReadLog(actor))
      const filter = parseEventFilter(args)
      // Without a resume point from the present end on: whatever commits from now on lies behind it.
      const after = (await parseFeedCursor(args.after, feed)) ?? (await feed.readLastPosition())
      return liveFeed.subscribe(after, filter)
    },

    async verify(actor) {
      enforce(mayReadLog(actor))
      return verify()
    },

    async cursors(eventIds) {
      const positions = await feed.positions(eventIds)
      return positions.map((position) => (position === null ? null : feedCursor(position)))
    },

    close: () => liveFeed.close(),
  }
}
