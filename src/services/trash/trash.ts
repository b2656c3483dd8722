import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { type Actor, system } from '../kernel/actor.ts'
import { announceAssignments } from '../kernel/assignmentMessages.ts'
import { isUsed, MediaInUseError, NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { enforce, mayChangeMedia, mayForce, mayPurge } from '../kernel/policies.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { changeMedia, takeTurn } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { changeStructure } from '../locking/treeLocks.ts'
import { type LostLink, purgeMedia, restoreMedia, trashMedia } from './transitions.ts'

export interface MediaDeleteInput {
  id: string
  force?: boolean | null
}

export interface MediaRestoration {
  media: Media
  lost: LostLink[]
}

/** Deleting safely, taking back, and removing for good. */
export interface Trash {
  /** Refuses what is in use, unless an admin says `force`. */
  delete(actor: Actor, input: MediaDeleteInput): Promise<Media>
  /** Back to the exact former state; names the links and assignments that could not return. */
  restore(actor: Actor, id: string): Promise<MediaRestoration>
  /** For good, and only from the trash; resolves to the Relay id of what is gone. */
  purge(actor: Actor, id: string): Promise<{ id: string }>
  /** Purges what has been in the trash for long enough. Returns how many. */
  retain(): Promise<number>
}

interface TrashOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

const dayMs = 24 * 60 * 60 * 1000
/** Tens of thousands of links or assignments, with their log rows, take longer than the default. */
const manyMs = 120_000
const retainChunk = 100
/** Rows of assignments and links that may go or change with the media of one transaction; a single media may have more. */
const retainRows = 10_000
/** Of a media that was given to everybody every day there are a million rows. */
const longestMs = 600_000

export const createTrash = ({ database, pubsub, clock, trashDays }: TrashOptions): Trash => {
  const purgeTimeOf = (now: Date): Date => new Date(now.getTime() + trashDays * dayMs)

  const existing = (id: string, media: Media | null | undefined): Media => {
    if (media == null) throw new NotFoundError('There is no such media.', globalId('Media', id))
    return media
  }

  /** Most refusals need no lock, for which others wait; what passes is judged again under it. */
  const preview = async (id: string, judge: (media: Media) => void): Promise<void> =>
    judge(existing(id, await database.media.findUnique({ where: { id } })))

  /** Those whose time is up, longest first: as many as one transaction can purge. */
  const findDue = async (): Promise<string[]> => {
    const found = await database.$queryRaw<{ id: string; rows: number }[]>`
      WITH due AS (
        SELECT "id", "purgeAt" FROM "Media" WHERE "deletedAt" IS NOT NULL AND "purgeAt" <= ${clock.now()}
        ORDER BY "purgeAt", "id" LIMIT ${retainChunk}
      ), counted AS (
        SELECT "id", "purgeAt",
          (SELECT count(*) FROM (SELECT FROM "Assignment" WHERE "heldMediaId" = due."id" LIMIT ${retainRows}) AS first)
          + (SELECT count(*) FROM (SELECT FROM "RememberedUsage" WHERE "mediaId" = due."id" LIMIT ${retainRows}) AS first)
          AS "rows"
        FROM due
      )
      SELECT "id"::text, (sum("rows") OVER (ORDER BY "purgeAt", "id"))::int AS "rows"
      FROM counted ORDER BY "purgeAt", "id"`
    return found.filter(({ rows }, index) => index === 0 || rows <= retainRows).map(({ id }) => id)
  }

  const retainSome = (ids: string[]): Promise<number> =>
    database.$transaction(
      async (transaction) => {
        const now = clock.now()
        // Somebody may have restored one since it was found.
        const due = (await lockMedia(transaction, ids)).filter(
          ({ deletedAt, purgeAt }) => deletedAt !== null && purgeAt !== null && purgeAt <= now,
        )
        await purgeMedia(transaction, system, due, now)
        return due.length
      },
      { timeout: longestMs },
    )

  return {
    async delete(actor, input) {
      const id = parseId('Media', input.id)
      const force = input.force ?? false
      if (force) enforce(mayForce(actor))
      const judge = (media: Media): void => {
        enforce(mayChangeMedia(actor, media))
        if (media.deletedAt !== null) throw new StateConflictError('This media is in the trash already.')
        if (isUsed(media) && !force) throw new MediaInUseError(media)
      }
      await preview(id, judge)
      const work = async (transaction: Transaction) => {
        const [found] = await (force
          ? lockMediaAndAssignees(transaction, [id], 'leaving')
          : lockMedia(transaction, [id]))
        const media = existing(id, found)
        judge(media)
        const now = clock.now()
        const changes = await trashMedia(transaction, actor, [media], { now, purgeAt: purgeTimeOf(now), force })
        return { media: await transaction.media.findUniqueOrThrow({ where: { id } }), changes }
      }
      const { media, changes } = await (force
        ? takeTurn(database, 'forcedDeletes', work, manyMs)
        : changeMedia(database, id, work))
      announceAssignments(pubsub, changes)
      return media
    },

    async restore(actor, text) {
      const id = parseId('Media', text)
      const judge = (media: Media): void => {
        enforce(mayChangeMedia(actor, media))
        if (media.deletedAt === null) throw new StateConflictError('This media is not in the trash.')
      }
      await preview(id, judge)
      const work = async (transaction: Transaction) => {
        const [found] = await lockMediaAndAssignees(transaction, [id], 'returning')
        const trashed = existing(id, found)
        judge(trashed)
        const restored = await restoreMedia(transaction, actor, [trashed], clock.now())
        return { media: await transaction.media.findUniqueOrThrow({ where: { id } }), ...restored }
      }
      const { changes, ...restoration } = await changeStructure(database, 'resources', work, { timeout: manyMs })
      announceAssignments(pubsub, changes)
      return restoration
    },

    async purge(actor, text) {
      enforce(mayPurge(actor))
      const id = parseId('Media', text)
      const judge = (media: Media): void => {
        if (media.deletedAt === null)
          throw new StateConflictError('This media is not in the trash; delete it before it can be purged.')
      }
      await preview(id, judge)
      await takeTurn(
        database,
        'purges',
        async (transaction) => {
          const [found] = await lockMedia(transaction, [id])
          const media = existing(id, found)
          judge(media)
          await purgeMedia(transaction, actor, [media], clock.now())
        },
        longestMs,
      )
      return { id: globalId('Media', id) }
    },

    async retain() {
      let purged = 0
      for (;;) {
        const due = await findDue()
        if (due.length === 0) return purged
        purged += await retainSome(due)
      }
    },
  }
}
