import { z } from 'zod'
import { type Event, Prisma, type User } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { createCursorCodec } from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database } from '../kernel/ports.ts'
import type { EventFilter } from './filter.ts'

/** An event with its position in the log. */
export interface ChainedEvent extends Event {
  position: number
  /** Hash of the chain at this position. */
  hash: Uint8Array
  /** Loads the user who acted; one statement for all events that were read together, however many callers ask. */
  loadActor(): Promise<User | null>
}

type ChainPlace = Pick<ChainedEvent, 'position' | 'hash'>

export interface EventPage {
  nodes: ChainedEvent[]
  endCursor: string
  hasNextPage: boolean
}

/** Result of one read: the events after a position, without removed ones, and the position that the read reached. */
interface FeedBatch {
  events: ChainedEvent[]
  /** Position after which to continue. */
  endPosition: number
  hasMore: boolean
}

export interface Feed {
  /** Returns the last assigned position; 0 for an empty log. */
  readLastPosition(): Promise<number>
  /** Reads oldest first. With a filter and no further rows, `endPosition` is the last position when the read began. */
  read(after: number, filter: EventFilter, limit: number): Promise<FeedBatch>
  /** Returns the place of each event in the chain, in the order of the ids; null while an event has none yet. */
  places(eventIds: readonly string[]): Promise<(ChainPlace | null)[]>
}

/** A cursor is a position and does not depend on the filter: a client may continue with another filter. */
const codec = createCursorCodec('log:POSITION', z.int().min(0))

export const feedCursor = (position: number): string => codec.encode(position)

/** Returns the position in a cursor; null without a cursor. Refuses a cursor that was never handed out. */
export const parseFeedCursor = async (cursor: string | null | undefined, feed: Feed): Promise<number | null> => {
  if (cursor == null) return null
  const position = codec.decode(cursor, 'after')
  if (position <= (await feed.readLastPosition())) return position
  throw new InvalidInputError([
    { path: 'after', message: 'Beyond the end of the log. Use a cursor that this API returned.' },
  ])
}

const nodeCondition = ({ node }: EventFilter): Prisma.Sql =>
  node === null ? Prisma.empty : Prisma.sql`AND "nodeId" = ${node.id}::uuid AND "nodeType" = ${node.type}`

/** Selects positions in order, each filter by its own index: a node has few events, actions are scanned one by one. */
const positionsSql = (after: number, until: number | null, filter: EventFilter, limit: number): Prisma.Sql => {
  const upperBound = until === null ? Prisma.empty : Prisma.sql`AND "position" <= ${until}::bigint`
  const range = Prisma.sql`"position" > ${after}::bigint ${upperBound}`
  if (filter.actions === null || filter.node !== null) {
    const actions = filter.actions === null ? Prisma.empty : Prisma.sql`AND "action" = ANY(${filter.actions})`
    return Prisma.sql`
      SELECT "position", "eventId", "hash" FROM public."EventChain" WHERE ${range} ${nodeCondition(filter)} ${actions}
      ORDER BY "position" LIMIT ${limit}`
  }
  const parts = filter.actions.map(
    (action) => Prisma.sql`
      (SELECT "position", "eventId", "hash" FROM public."EventChain" WHERE "action" = ${action} AND ${range}
       ORDER BY "position" LIMIT ${limit})`,
  )
  return Prisma.sql`
    SELECT found.* FROM (${Prisma.join(parts, ' UNION ALL ')}) AS found ORDER BY "position" LIMIT ${limit}`
}

type PositionedEvent = Event & ChainPlace
/** A removed event leaves its position, which still tells how far the read reached. */
type Row = PositionedEvent | { id: null; position: number }

export const createFeed = (database: Database): Feed => {
  const withActors = (rows: PositionedEvent[]): ChainedEvent[] => {
    let usersPromise: Promise<Map<string, User>> | null = null
    const load = async (): Promise<Map<string, User>> => {
      const ids = new Set(rows.map(({ actorId }) => actorId).filter((id) => id !== null))
      const users = await database.user.findMany({ where: { id: { in: [...ids] } } })
      return new Map(users.map((user) => [user.id, user]))
    }
    const findActor = async (actorId: string | null): Promise<User | null> => {
      if (actorId === null) return null
      usersPromise ??= load().catch((error: unknown) => {
        usersPromise = null
        throw error
      })
      return (await usersPromise).get(actorId) ?? null
    }
    return rows.map((row) => ({ ...row, loadActor: () => findActor(row.actorId) }))
  }

  const readLastPosition = async (): Promise<number> => {
    const [row] = await database.$queryRaw<{ position: number }[]>`
      SELECT coalesce(max("position"), 0)::float8 AS "position" FROM public."EventChain"`
    return row?.position ?? 0
  }

  return {
    readLastPosition,

    async read(after, filter, limit) {
      const until = filter.actions === null && filter.node === null ? null : await readLastPosition()
      const rows = await database.$queryRaw<Row[]>`${withoutPreparedPlan}
        SELECT "Event".*, chain."position"::float8 AS "position", chain."hash"
        FROM (${positionsSql(after, until, filter, limit + 1)}) AS chain
          LEFT JOIN public."Event" ON "Event"."id" = chain."eventId"
        ORDER BY chain."position"`
      const pageRows = rows.slice(0, limit)
      const events = withActors(pageRows.filter((row) => row.id !== null))
      const hasMore = rows.length > limit
      const last = pageRows.at(-1)?.position ?? after
      return { events, hasMore, endPosition: hasMore ? last : Math.max(until ?? last, after) }
    },

    async places(eventIds) {
      const rows = await database.eventChain.findMany({
        where: { eventId: { in: [...eventIds] } },
        select: { eventId: true, position: true, hash: true },
      })
      return inOrder(eventIds, rows, 'eventId').map((row) => {
        return row === null ? null : { position: Number(row.position), hash: row.hash }
      })
    },
  }
}
