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
/**
 * Maximum waits for the transaction before, and for a place in the lane; and maximum duration of the work. All others wait
 * as long; the calls can then still wait by themselves.
 */
const queueMs = 1000
const timeoutMs = 1000
const workTimeoutMs = 2000

const textOf = ({ mediaId, resourceId }: Pick<MediaUsage, 'mediaId' | 'resourceId'>) => `${mediaId} ${resourceId}`

const readUsages = (transaction: Transaction, links: readonly NewLink[]): Promise<MediaUsage[]> =>
  transaction.$queryRaw<MediaUsage[]>`
    SELECT row.* FROM "MediaUsage" AS row JOIN unnest(
      ${links.map(({ mediaId }) => mediaId)}::uuid[], ${links.map(({ resourceId }) => resourceId)}::uuid[]
    ) AS wanted("mediaId", "resourceId") USING ("mediaId", "resourceId")`

/** Media that only calls by themselves can wait for, or refuse. */
class UnavailableMediaError extends Error {
  readonly ids: ReadonlySet<string>

  constructor(ids: ReadonlySet<string>) {
    super('Some media are locked, missing or in the trash.')
    this.ids = ids
  }
}

/**
 * Makes the links of calls that come at the same time in one transaction, since a transaction costs more than a link.
 * Resolves to null for a call that has to be made by itself: its resource changes or moves, its media is locked, missing or
 * in the trash, another process creates the same resource, the call has an idempotency key, or anything failed. Then nothing
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
    const lockedIds = new Set(await lockFreeMediaRows(transaction, [...mediaIds]))
    const unavailableIds = new Set([...mediaIds].filter((id) => !lockedIds.has(id)))
    if (unavailableIds.size > 0) throw new UnavailableMediaError(unavailableIds)
    const usages = new Map((await linkForCalls(transaction, wanted, clock.now())).map((row) => [textOf(row), row]))
    const missing = wanted.filter((link) => !usages.has(textOf(link)))
    if (missing.length > 0) for (const row of await readUsages(transaction, missing)) usages.set(textOf(row), row)
    return links.map((link) => {
      const usage = link && usages.get(textOf(link))
      return usage ? { ...usage } : null // a row of its own for each call
    })
  }

  const run = async (calls: readonly LinkCall[]): Promise<(MediaUsage | null)[]> => {
    const limits = { timeoutMs, workTimeoutMs, triesOnce: true }
    const options = { activity: 'links', tree: 'resources', treeMode: 'shared', ...limits } as const
    return lanes.run('media', options, (transaction) => linkTogether(transaction, calls))
  }

  /** Repeats a transaction once without the calls whose media it could not lock: they had no part in it. */
  const runAvailable = async (calls: readonly LinkCall[]): Promise<(MediaUsage | null)[]> => {
    try {
      return await run(calls)
    } catch (error) {
      if (!(error instanceof UnavailableMediaError)) throw error
      const others = calls.filter(({ mediaId }) => !error.ids.has(mediaId))
      const usages = new Map(
        (others.length === 0 ? [] : await run(others)).map((usage, index) => [others[index], usage]),
      )
      return calls.map((call) => usages.get(call) ?? null)
    }
  }

  // An outage or a bug is reported by the calls themselves.
  const runOrLeave = (calls: readonly LinkCall[]) => runAvailable(calls).catch(() => calls.map(() => null))

  const link = createBatches<LinkCall, MediaUsage | null>(runOrLeave, {
    maxItems: maxCalls,
    leave: { afterMs: queueMs, result: null },
  })
  const hasKey = (actor: Actor) => actor.type === 'user' && actor.idempotencyKey !== undefined
  return async (call: LinkCall): Promise<MediaUsage | null> => (hasKey(call.actor) ? null : link(call))
}
