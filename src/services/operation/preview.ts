import type { Media } from '../../../prisma/generated/client/client.ts'
import type { UserActor } from '../kernel/actor.ts'
import { type BatchFailure, RateLimitedError } from '../kernel/errors.ts'
import { enforce } from '../kernel/policies.ts'
import type { Clock, Database } from '../kernel/ports.ts'
import { createSemaphore } from '../locking/semaphore.ts'
import { runLong } from '../locking/statementTimeout.ts'
import type { BulkAction } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'
import { countRefusals, readGroups, sum } from './itemGroups.ts'
import { missingMedia, refuseItem } from './itemRefusal.ts'
import { parseSelection, requireExpectedCounts } from './selection.ts'
import { parseTarget, type Target } from './target.ts'

/** Media that are refused for the same reason. */
export interface BulkRefusal {
  code: BatchFailure['code']
  message: string
  count: number
  /** Oldest media first; unknown ids have none. */
  sample: Media[]
}

export interface BulkPreview {
  total: number
  /** Size of the current versions of all items. */
  bytes: number
  allowed: number
  /** Largest group first. */
  refused: BulkRefusal[]
}

export interface BulkPreviews {
  /** Tells what an operation would do now, without doing it. `query` is the projection of the samples. */
  preview(actor: UserActor, request: { kind: BulkKind; target: Target }, query: object): Promise<BulkPreview>
}

interface PreviewsOptions {
  database: Database
  clock: Clock
}

/** A filter may select every media of the library. */
const timeoutMs = 60_000

/** Previews that read their media at the same time. The others wait, so that lists keep their connections. */
const maxConcurrentReads = 2
const waitTimeoutMs = 30_000

const createBusyError = () => new RateLimitedError('Too many bulk operations are being previewed. Retry in 5 s.', 5)

export const createBulkPreviews = ({ database, clock }: PreviewsOptions): BulkPreviews => {
  const semaphore = createSemaphore(maxConcurrentReads)
  return {
    async preview(actor, { kind, target: rawTarget }, query) {
      const action: BulkAction = bulkActions[kind]
      enforce(action.policy(actor))
      const target = parseTarget(rawTarget, '')
      const selection = parseSelection(actor, target, '', action, clock.now())
      const read = () => runLong(database, timeoutMs, (transaction) => readGroups(transaction, selection))
      const { matches, groups } = await semaphore.run(read, { waitMs: waitTimeoutMs, refuse: createBusyError })
      const total = sum(groups.map(({ count }) => count))
      requireExpectedCounts(target, '', { matches, total })
      const refusals = countRefusals(
        groups.flatMap((group) => {
          const refusal = group.isMissing ? missingMedia : refuseItem(action, actor, group)
          return refusal === null ? [] : [{ group, refusal }]
        }),
      )
      const media = await database.media.findMany({
        ...query,
        where: { id: { in: refusals.flatMap(({ sampleIds }) => sampleIds) } },
      })
      const byId = new Map(media.map((row) => [row.id, row]))
      return {
        total,
        bytes: Number(groups.reduce((bytes, group) => bytes + group.bytes, 0n)),
        allowed: total - sum(refusals.map(({ count }) => count)),
        refused: refusals.map(({ sampleIds, ...refusal }) => {
          return { ...refusal, sample: sampleIds.flatMap((id) => byId.get(id) ?? []) }
        }),
      }
    },
  }
}
