import type { Actor } from '../kernel/actor.ts'
import { isRawUniqueViolation } from '../kernel/databaseErrors.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { ParsedResource } from '../kernel/resourceInput.ts'
import { type LaneName, type LaneOptions, type Lanes, laneTimeoutMs } from '../locking/lanes.ts'
import { upsertSharing } from './sharedUpsert.ts'
import { upsertResource } from './tree.ts'

interface UpsertOptions extends LaneOptions {
  lane: LaneName
  actor: Actor
  resource: ParsedResource
  /** True if the work replaces the media of the resource. */
  replacesMedia?: boolean
}

/** The next attempt finds what another transaction has created; more are needed only if that was deleted meanwhile. */
const maxSharedAttempts = 3

/**
 * Updates a resource and its parents to match the input, then runs `work` with its id in the same transaction. Shares the
 * tree with others, and locks it exclusively only if a resource moves or returns from its deletion. The time limit is that
 * of all attempts together: the caller waits no longer than for one transaction.
 */
export const upsertInLane = async <Result>(
  lanes: Lanes,
  { lane, actor, resource, replacesMedia: locksTarget = false, ...options }: UpsertOptions,
  work: (transaction: Transaction, resourceId: string) => Promise<Result>,
): Promise<Result> => {
  const deadline = performance.now() + (options.timeoutMs ?? laneTimeoutMs(lane))
  const treeOptions = () => ({ ...options, tree: 'resources', timeoutMs: deadline - performance.now() }) as const
  const shareTree = () =>
    lanes.run(lane, { ...treeOptions(), treeMode: 'shared' }, async (transaction) => {
      const resourceId = await upsertSharing(transaction, actor, resource, { locksTarget })
      return resourceId === null ? null : { result: await work(transaction, resourceId) }
    })
  for (let attempt = 0; attempt < maxSharedAttempts; attempt++) {
    const outcome = await shareTree().catch((error: unknown) => {
      if (!isRawUniqueViolation(error)) throw error
      return 'overtaken' as const
    })
    if (outcome === null) break
    if (outcome !== 'overtaken') return outcome.result
  }
  return lanes.run(lane, treeOptions(), async (transaction) => {
    const { id } = await upsertResource(transaction, actor, resource)
    return work(transaction, id)
  })
}
