import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { type Actor, systemActor } from '../kernel/actor.ts'
import { publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { deleteRules, forcedDeleteRules, purgeRules, restoreRules } from '../kernel/mediaRules.ts'
import { notFound } from '../kernel/notFound.ts'
import { enforce, mayForceDelete, mayPurge } from '../kernel/policies.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { enforceRules } from '../kernel/rules.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMedia, type MediaState } from '../locking/rowLocks.ts'
import { runLong } from '../locking/statementTimeout.ts'
import { type LostLink, purgeMedia, restoreMedia, trashMedia } from './transitions.ts'

interface MediaDeleteInput {
  id: string
  force?: boolean | null
}

export interface MediaRestoration {
  media: Media
  lost: LostLink[]
}

/** Moves media to the trash, restores them, and purges them. */
export interface Trash {
  /** Moves a media to the trash; refuses one that is in use, unless an admin sets `force`. */
  delete(actor: Actor, input: MediaDeleteInput): Promise<Media>
  /** Restores the exact former state; `lost` names the usages and assignments that could not be restored. */
  restore(actor: Actor, id: string): Promise<MediaRestoration>
  /** Deletes a media from the trash permanently; returns its Relay id. */
  purge(actor: Actor, id: string): Promise<{ id: string }>
  /** Purges the media whose retention time is over; returns how many. */
  purgeExpired(): Promise<number>
}

interface TrashOptions {
  database: Database
  lanes: Lanes
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

const dayMs = 24 * 60 * 60 * 1000
/** Tens of thousands of usages or assignments, with their log rows, take longer than the default timeout allows. */
const bulkTimeoutMs = 120_000
const purgeBatchSize = 100
/** Maximum of assignments and usages that one transaction purges or changes; a single media may have more. */
const maxPurgeRows = 10_000
/** A media that was assigned to every user every day has a million rows. */
const purgeTimeoutMs = 600_000

export const createTrash = ({ database, lanes, pubsub, clock, trashDays }: TrashOptions): Trash => {
  const purgeTimeOf = (now: Date): Date => new Date(now.getTime() + trashDays * dayMs)

  const requireMedia = (id: string, media: MediaState | null | undefined): MediaState => {
    if (media == null) throw notFound('Media', id)
    return media
  }

  /** Refuses most invalid calls without a lock, which others would wait for. The rest is validated again under it. */
  const precheck = async (id: string, validate: (media: MediaState) => void): Promise<void> =>
    validate(requireMedia(id, await database.media.findUnique({ where: { id } })))

  /** Returns media whose retention time is over, longest overdue first: as many as one transaction can purge. */
  const findExpired = async (): Promise<string[]> => {
    const read = (transaction: Transaction) => transaction.$queryRaw<{ id: string; rows: number }[]>`
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
    const candidates = await runLong(database, purgeTimeoutMs, read)
    return candidates.filter(({ rows }, index) => index === 0 || rows <= maxPurgeRows).map(({ id }) => id)
  }

  const purgeBatch = (ids: string[]): Promise<number> =>
    lanes.run('maintenance', { activity: 'purges', workTimeoutMs: purgeTimeoutMs }, async (transaction) => {
      const now = clock.now()
      // Another caller may have restored one since it was read.
      const expired = (await lockMedia(transaction, ids)).filter(
        ({ deletedAt, purgeAt }) => deletedAt !== null && purgeAt !== null && purgeAt <= now,
      )
      await purgeMedia(transaction, systemActor, expired, now)
      return expired.length
    })

  return {
    async delete(actor, input) {
      const id = parseId('Media', input.id)
      const force = input.force ?? false
      if (force) enforce(mayForceDelete(actor))
      const validate = (media: MediaState): void => enforceRules(force ? forcedDeleteRules : deleteRules, actor, media)
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
        ? lanes.run('maintenance', { activity: 'forced deletions', workTimeoutMs: bulkTimeoutMs }, work)
        : lanes.run('media', { activity: 'changes of media', mediaId: id }, work))
      publishAssignmentChanges(pubsub, changes)
      return media
    },

    async restore(actor, nodeId) {
      const id = parseId('Media', nodeId)
      const validate = (media: MediaState): void => enforceRules(restoreRules, actor, media)
      await precheck(id, validate)
      const work = async (transaction: Transaction) => {
        const [row] = await lockMediaAndAssignees(transaction, [id], 'returning')
        const media = requireMedia(id, row)
        validate(media)
        const restored = await restoreMedia(transaction, actor, [media], clock.now())
        return { media: await transaction.media.findUniqueOrThrow({ where: { id } }), ...restored }
      }
      const { changes, ...restoration } = await lanes.run(
        'maintenance',
        { activity: 'restores', tree: 'resources', treeMode: 'shared', workTimeoutMs: bulkTimeoutMs },
        work,
      )
      publishAssignmentChanges(pubsub, changes)
      return restoration
    },

    async purge(actor, nodeId) {
      enforce(mayPurge(actor))
      const id = parseId('Media', nodeId)
      const validate = (media: MediaState): void => enforceRules(purgeRules, actor, media)
      await precheck(id, validate)
      await lanes.run('maintenance', { activity: 'purges', workTimeoutMs: purgeTimeoutMs }, async (transaction) => {
        const [row] = await lockMedia(transaction, [id])
        const media = requireMedia(id, row)
        validate(media)
        await purgeMedia(transaction, actor, [media], clock.now())
      })
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
