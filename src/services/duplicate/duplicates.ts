import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import { publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { mediaChannel } from '../kernel/messages.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Clock, Database, PubSub } from '../kernel/ports.ts'
import { withTreeLock } from '../locking/treeLocks.ts'
import { authorizeAll, mergeMedia } from './merge.ts'

export interface MediaMergeInput {
  keepId: string
  removeIds: string[]
}

/** Media that hold the same bytes. */
export interface DuplicateCluster {
  sha256: string
  /** What all but one of them take. */
  wastedBytes: number
  /** Oldest first; no more than a person can look through. */
  media: Media[]
}

export interface Duplicates {
  /** Largest waste first. */
  list(actor: Actor, args: { first?: number | null }, query: object): Promise<DuplicateCluster[]>
  /** Keeps one, moves usages, current assignments and tags to it, and trashes the rest. */
  merge(actor: Actor, input: MediaMergeInput): Promise<Media>
}

interface DuplicatesOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

export const maxClusterSize = 25
/** Tens of thousands of links or assignments, with their log rows, take longer than the default. */
const bulkTimeoutMs = 120_000
const dayMs = 24 * 60 * 60 * 1000

const listShape = z.object({ first: z.int().min(1, 'Between 1 and 100.').max(100, 'Between 1 and 100.').nullish() })

const mergeShape = z
  .object({
    keepId: z.uuid(),
    removeIds: z.array(z.uuid()).min(1, 'Name at least one.').max(100, 'At most 100.'),
  })
  .refine(({ keepId, removeIds }) => !removeIds.includes(keepId), {
    path: ['removeIds'],
    message: 'The one that is kept cannot be removed.',
  })

interface ClusterRow {
  sha256: string
  wastedBytes: bigint
  ids: string[]
}

export const createDuplicates = ({ database, pubsub, clock, trashDays }: DuplicatesOptions): Duplicates => ({
  async list(_actor, args, query) {
    const { first } = parseInput(listShape, args)
    const clusters = await database.$queryRaw<ClusterRow[]>`
      SELECT "sha256", "wastedBytes", ARRAY(
        SELECT "id"::text FROM "Media" WHERE "Media"."sha256" = cluster."sha256" AND "deletedAt" IS NULL
        ORDER BY "uploadedAt", "id" LIMIT ${maxClusterSize}
      ) AS "ids"
      FROM (
        SELECT "sha256", ((count(*) - 1) * max("sizeBytes"))::bigint AS "wastedBytes"
        FROM "Media" WHERE "deletedAt" IS NULL GROUP BY "sha256" HAVING count(*) > 1
        ORDER BY "wastedBytes" DESC, "sha256" LIMIT ${first ?? 20}
      ) AS cluster
      ORDER BY "wastedBytes" DESC, "sha256"`
    const members = await database.media.findMany({
      ...query,
      where: { id: { in: clusters.flatMap(({ ids }) => ids) }, deletedAt: null },
    })
    const byId = new Map(members.map((media) => [media.id, media]))
    return clusters.flatMap(({ sha256, wastedBytes, ids }) => {
      const media = ids.flatMap((id) => byId.get(id) ?? [])
      // Somebody may have trashed some between the two statements.
      return media.length > 1 ? [{ sha256, wastedBytes: Number(wastedBytes), media }] : []
    })
  },

  async merge(actor, raw) {
    // Whoever may not even change what is their own may change nothing.
    enforce(mayChangeMedia(actor, { uploadedById: actorId(actor) }))
    const { keepId, removeIds } = parseInput(mergeShape, {
      keepId: parseId('Media', raw.keepId, 'keepId'),
      removeIds: raw.removeIds.map((id, index) => parseId('Media', id, `removeIds.${index}`)),
    })
    // Before anything is locked, which others wait for; what passes is judged again under the locks.
    const ids = [keepId, ...removeIds]
    authorizeAll(actor, ids, await database.media.findMany({ where: { id: { in: ids } } }))
    const now = clock.now()
    const purgeAt = new Date(now.getTime() + trashDays * dayMs)
    const uniqueRemoveIds = [...new Set(removeIds)]
    const { mergedMedia: media, changes } = await withTreeLock(
      database,
      'resources',
      (transaction) => mergeMedia(transaction, actor, { keepId, removeIds: uniqueRemoveIds }, { now, purgeAt }),
      { timeout: bulkTimeoutMs },
    )
    publishAssignmentChanges(pubsub, changes)
    for (const id of [keepId, ...uniqueRemoveIds]) pubsub.publish(mediaChannel(id), { type: 'upload' })
    return media
  },
})
