import type { MediaUsage } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { createBatches } from '../kernel/batching.ts'
import type { Clock, Transaction } from '../kernel/ports.ts'
import type { ParsedResource } from '../kernel/resourceInput.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockFreeMediaRows } from '../locking/rowLocks.ts'
import { upsertForCalls } from '../resource/callsUpsert.ts'
import { linkForCalls, type NewLink } from '../resource/links.ts'

/** A call that links a media to the last resource of a chain. */
export interface LinkCall {
  actor: Actor
  mediaId: string
  /** From the top down. */
  chain: readonly ParsedResource[]
}

/** Bounds how long the locks of one transaction are held. */
const maxCalls = 32
/** Maximum wait for a place in the lane, and maximum duration: a call needs time to be made by itself afterwards. */
const limits = { timeoutMs: 1000, workTimeoutMs: 5000 }

const textOf = ({ mediaId, resourceId }: Pick<MediaUsage, 'mediaId' | 'resourceId'>) => `${mediaId} ${resourceId}`

const readUsages = (transaction: Transaction, links: readonly NewLink[]): Promise<MediaUsage[]> =>
  transaction.$queryRaw<MediaUsage[]>`
    SELECT row.* FROM "MediaUsage" AS row JOIN unnest(
      ${links.map(({ mediaId }) => mediaId)}::uuid[], ${links.map(({ resourceId }) => resourceId)}::uuid[]
    ) AS wanted("mediaId", "resourceId") USING ("mediaId", "resourceId")`

/** The calls have to be made one by one. */
class NotTogetherError extends Error {}

/**
 * Makes the links of calls that come at the same time in one transaction, since a transaction costs more than a link.
 * Resolves to null for a call that has to be made by itself: its resource changes or moves, a media is locked, missing or in
 * the trash, another process creates the same resource, the call has an idempotency key, or anything failed. Then nothing
 * was changed for it, or its link exists.
 */
export const createLinkBatches = ({ lanes, clock }: { lanes: Lanes; clock: Clock }) => {
  const linkTogether = async (transaction: Transaction, calls: readonly LinkCall[]) => {
    const resourceIds = await upsertForCalls(transaction, calls)
    const links = calls.map(({ actor, mediaId }, index) => {
      const resourceId = resourceIds[index]
      return resourceId == null ? null : { actor, mediaId, resourceId }
    })
    const wanted = links.filter((link) => link !== null)
    if (wanted.length === 0) return calls.map(() => null)
    const mediaIds = new Set(wanted.map(({ mediaId }) => mediaId))
    // Waits for no media: calls that do not need it would wait as well.
    const lockedIds = await lockFreeMediaRows(transaction, [...mediaIds])
    if (lockedIds.length < mediaIds.size) throw new NotTogetherError()
    const usages = new Map((await linkForCalls(transaction, wanted, clock.now())).map((row) => [textOf(row), row]))
    const missing = wanted.filter((link) => !usages.has(textOf(link)))
    if (missing.length > 0) for (const row of await readUsages(transaction, missing)) usages.set(textOf(row), row)
    return links.map((link) => {
      const usage = link && usages.get(textOf(link))
      return usage ? { ...usage } : null // a row of its own for each call
    })
  }

  const run = async (calls: readonly LinkCall[]): Promise<(MediaUsage | null)[]> => {
    const options = { ...limits, activity: 'links', tree: 'resources', treeMode: 'shared', triesOnce: true } as const
    try {
      return await lanes.run('media', options, (transaction) => linkTogether(transaction, calls))
    } catch {
      return calls.map(() => null) // an outage or a bug is reported by the calls themselves
    }
  }

  const link = createBatches(run, { maxItems: maxCalls })
  const hasKey = (actor: Actor) => actor.type === 'user' && actor.idempotencyKey !== undefined
  return async (call: LinkCall): Promise<MediaUsage | null> => (hasKey(call.actor) ? null : link(call))
}
