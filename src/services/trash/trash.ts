import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { type Actor, system } from '../kernel/actor.ts'
import { publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { isUsed, MediaInUseError, NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { enforce, mayChangeMedia, mayForceDelete, mayPurge } from '../kernel/policies.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { runInLane, runInMediaLane } from '../locking/lanes.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { withTreeLock } from '../locking/treeLocks.ts'
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
  purgeExpired(): Promise<number>
}

interface TrashOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

const dayMs = 24 * 60 * 60 * 1000
/** Tens of thousands of links or assignments, with their log rows, take longer than the default. */
const bulkTimeoutMs = 120_000
const purgeBatchSize = 100
/** Rows of assignments and links that may go or change with the media of one transaction; a single media may have more. */
const maxPurgeRows = 10_000
/** Of a media that was given to everybody every day there are a million rows. */
const purgeTimeoutMs = 600_000

export const createTrash = ({ database, pubsub, clock, trashDays }: TrashOptions): Trash => {
  const purgeTimeOf = (now: Date): Date => new Date(now.getTime() + trashDays * dayMs)

  const requireMedia = (id: string, media: Media | null | undefined): Media => {
    if (media == null) throw new NotFoundError('There is no such media.', globalId('Media', id))
    return media
  }

  /** Most refusals need no lock, for which others wait; what passes is judged again under it. */
  const precheck = async (id: string, validate: (media: Media) => void): Promise<void> =>
    validate(requireMedia(id, await database.media.findUnique({ where: { id } })))

  /** Those whose time is up, longest first: as many as one transaction can purge. */
  const findExpired = async (): Promise<string[]> => {
    const candidates = await database.$queryRaw<{ id: string; rows: number }[]>`
      WITH due AS (
        SELECT "id", "purgeAt" FROM "Media" WHERE "deletedAt" IS NOT NULL AND "purgeAt" <= ${clock.now()}
        ORDER BY "purgeAt", "id" LIMIT ${purgeBatchSize}
      ), counted AS (
        SELECT "id", "purgeAt",
          (SELECT count(*) FROM (SELECT FROM "Assignment" WHERE "heldMediaId" = due."id" LIMIT ${maxPurgeRows}) AS first)
          + (SELECT count(*) FROM (SELECT FROM "RememberedUsage" WHERE "mediaId" = due."id" LIMIT ${maxPurgeRows}) AS first)
          AS "rows"
        FROM due
      )
      SELECT "id"::text, (sum("rows") OVER (ORDER BY "purgeAt", "id"))::int AS "rows"
      FROM counted ORDER BY "purgeAt", "id"`
    return candidates.filter(({ rows }, index) => index === 0 || rows <= maxPurgeRows).map(({ id }) => id)
  }

  const purgeBatch = (ids: string[]): Promise<number> =>
    database.$transaction(
      async (transaction) => {
        const now = clock.now()
        // Somebody may have restored one since it was found.
        const expired = (await lockMedia(transaction, ids)).filter(
          ({ deletedAt, purgeAt }) => deletedAt !== null && purgeAt !== null && purgeAt <= now,
        )
        await purgeMedia(transaction, system, expired, now)
        return expired.length
      },
      { timeout: purgeTimeoutMs },
    )

  return {
    async delete(actor, input) {
      const id = parseId('Media', input.id)
      const force = input.force ?? false
      if (force) enforce(mayForceDelete(actor))
      const validate = (media: Media): void => {
        enforce(mayChangeMedia(actor, media))
        if (media.deletedAt !== null) throw new StateConflictError('This media is in the trash already.')
        if (isUsed(media) && !force) throw new MediaInUseError(media)
      }
      await precheck(id, validate)
      const work = async (transaction: Transaction) => {
        const [row] = await (force ? lockMediaAndAssignees(transaction, [id], 'current') : lockMedia(transaction, [id]))
        const media = requireMedia(id, row)
        validate(media)
        const now = clock.now()
        const changes = await trashMedia(transaction, actor, [media], { now, purgeAt: purgeTimeOf(now), force })
        return { media: await transaction.media.findUniqueOrThrow({ where: { id } }), changes }
      }
      const { media, changes } = await (force
        ? runInLane(database, 'forcedDeletes', work, bulkTimeoutMs)
        : runInMediaLane(database, id, work))
      publishAssignmentChanges(pubsub, changes)
      return media
    },

    async restore(actor, nodeId) {
      const id = parseId('Media', nodeId)
      const validate = (media: Media): void => {
        enforce(mayChangeMedia(actor, media))
        if (media.deletedAt === null) throw new StateConflictError('This media is not in the trash.')
      }
      await precheck(id, validate)
      const work = async (transaction: Transaction) => {
        const [row] = await lockMediaAndAssignees(transaction, [id], 'returning')
        const media = requireMedia(id, row)
        validate(media)
        const restored = await restoreMedia(transaction, actor, [media], clock.now())
        return { media: await transaction.media.findUniqueOrThrow({ where: { id } }), ...restored }
      }
      const { changes, ...restoration } = await withTreeLock(database, 'resources', work, { timeout: bulkTimeoutMs })
      publishAssignmentChanges(pubsub, changes)
      return restoration
    },

    async purge(actor, nodeId) {
      enforce(mayPurge(actor))
      const id = parseId('Media', nodeId)
      const validate = (media: Media): void => {
        if (media.deletedAt === null)
          throw new StateConflictError('This media is not in the trash; delete it before it can be purged.')
      }
      await precheck(id, validate)
      await runInLane(
        database,
        'purges',
        async (transaction) => {
          const [row] = await lockMedia(transaction, [id])
          const media = requireMedia(id, row)
          validate(media)
          await purgeMedia(transaction, actor, [media], clock.now())
        },
        purgeTimeoutMs,
      )
      return { id: globalId('Media', id) }
    },

    async purgeExpired() {
      let purgedCount = 0
      for (;;) {
        const expired = await findExpired()
        if (expired.length === 0) return purgedCount
        purgedCount += await purgeBatch(expired)
      }
    },
  }
}
