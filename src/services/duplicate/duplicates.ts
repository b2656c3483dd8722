import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import { publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { type MediaMessage, mediaChannel } from '../kernel/messages.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Clock, Database, PubSub } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { authorizeAll, mergeMedia } from './merge.ts'

const listShape = z.object({
  first: z.int().min(1, 'Must be between 1 and 100.').max(100, 'Must be between 1 and 100.').nullish(),
})
type DuplicatesArguments = z.input<typeof listShape>

/** Parses the primary keys: two Relay ids may differ and still name the same media. */
const mergeShape = z
  .object({
    keepId: z.string(),
    removeIds: z.array(z.string()).min(1, 'Name at least one media.').max(100, 'At most 100 media.'),
  })
  .refine(({ keepId, removeIds }) => !removeIds.includes(keepId), {
    path: ['removeIds'],
    message: 'The kept media must not be among the removed ones.',
  })
type MediaMergeInput = z.input<typeof mergeShape>

/** Media with the same content. */
export interface DuplicateCluster {
  sha256: string
  /** Bytes that merging would free: the size of all copies but one. */
  wastedBytes: number
  /** Oldest first; at most `maxClusterSize`, which a person can still look through. */
  media: Media[]
}

export interface Duplicates {
  /** Lists clusters, largest waste first. */
  list(actor: Actor, args: DuplicatesArguments, query: object): Promise<DuplicateCluster[]>
  /** Keeps one media, moves the usages, current assignments and tags of the others to it, and trashes the others. */
  merge(actor: Actor, input: MediaMergeInput): Promise<Media>
}

interface DuplicatesOptions {
  database: Database
  lanes: Lanes
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

const maxClusterSize = 25
/** Tens of thousands of usages or assignments, with their log rows, take longer than the default timeout allows. */
const bulkTimeoutMs = 120_000
const dayMs = 24 * 60 * 60 * 1000

interface ClusterRow {
  sha256: string
  wastedBytes: bigint
  ids: string[]
}

export const createDuplicates = ({ database, lanes, pubsub, clock, trashDays }: DuplicatesOptions): Duplicates => ({
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
      // Another caller may have trashed some between the two statements.
      return media.length > 1 ? [{ sha256, wastedBytes: Number(wastedBytes), media }] : []
    })
  },

  async merge(actor, raw) {
    // A caller who may not even change their own media may not change any.
    enforce(mayChangeMedia(actor, { uploadedById: actorId(actor) }))
    const { keepId, removeIds } = parseInput(mergeShape, {
      keepId: parseId('Media', raw.keepId, 'keepId'),
      removeIds: raw.removeIds.map((id, index) => parseId('Media', id, `removeIds.${index}`)),
    })
    // Checked before locking, since others wait for locks, and again under the locks.
    const ids = [keepId, ...removeIds]
    authorizeAll(actor, ids, await database.media.findMany({ where: { id: { in: ids } } }))
    const now = clock.now()
    const purgeAt = new Date(now.getTime() + trashDays * dayMs)
    const uniqueRemoveIds = [...new Set(removeIds)]
    const { mergedMedia: media, changes } = await lanes.run(
      'maintenance',
      { activity: 'merges', tree: 'resources', workTimeoutMs: bulkTimeoutMs },
      (transaction) => mergeMedia(transaction, actor, { keepId, removeIds: uniqueRemoveIds }, { now, purgeAt }),
    )
    publishAssignmentChanges(pubsub, changes)
    for (const id of [keepId, ...uniqueRemoveIds])
      pubsub.publish(mediaChannel(id), { type: 'merge' } satisfies MediaMessage)
    return media
  },
})
