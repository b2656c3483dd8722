import { isLockNotAvailable, isStatementCancelled, isTransactionTimeout } from '../kernel/databaseErrors.ts'
import { RateLimitedError } from '../kernel/errors.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { createKeyedMutex, createSemaphore } from './semaphore.ts'
import { type Entry, enterWithoutTree, tryTree, waitForTree } from './treeEntry.ts'
import type { TreeLockMode, TreeName } from './treeLocks.ts'

interface Lane {
  /** Part of the process's database connections. All lanes together stay below 1: the other connections are for readers. */
  share: number
  /** Maximum time until all locks are held. */
  timeoutMs: number
  /**
   * Maximum wait for one row lock, before the transaction is rolled back to try again later. Short, since all other
   * changes of a tree wait for a transaction that holds its lock.
   */
  lockTimeoutMs: number
}

/**
 * Nothing waits longer than 30 s by default: no change takes that long when few compete, and a person has given up by then.
 */
const lanes = {
  /** Small changes that people and programs wait for: cancelling an operation, new claims of a token. */
  interactive: { share: 0.15, timeoutMs: 5000, lockTimeoutMs: 500 },
  media: { share: 0.25, timeoutMs: 30_000, lockTimeoutMs: 250 },
  people: { share: 0.15, timeoutMs: 30_000, lockTimeoutMs: 250 },
  /** Batches, purges and forced deletions lock many rows one after the other, and would start over too often. */
  maintenance: { share: 0.2, timeoutMs: 30_000, lockTimeoutMs: 2000 },
} satisfies Record<string, Lane>

export type LaneName = keyof typeof lanes

/** Maximum time until all locks of a transaction are held, by default. */
export const laneTimeoutMs = (lane: LaneName): number => lanes[lane].timeoutMs

/** Number of transactions that each lane runs at a time, for a pool of this size. A quarter of a pool of eight or more stays free. */
export const lanePermits = (poolSize: number): Record<LaneName, number> => {
  const permits = (lane: LaneName) => Math.max(1, Math.floor(lanes[lane].share * poolSize))
  return {
    interactive: permits('interactive'),
    media: permits('media'),
    people: permits('people'),
    maintenance: permits('maintenance'),
  }
}

export interface LaneOptions {
  /** Names the competing requests in the refusal: "changes of media". */
  activity: string
  /**
   * Tree to lock first, before any row. Transactions of one lane and process lock it in the order of their arrival; only
   * the first of them waits in the database, where it keeps its place in the queue.
   */
  tree?: TreeName
  /**
   * How the tree is locked; `exclusive` by default. Transactions that share it run side by side: one that finds it free of
   * exclusive locks enters at once, the others queue as above, each until it shares the tree.
   */
  treeMode?: TreeLockMode
  /** Key of the one media that the work locks: transactions for the same media wait for each other and for no other. */
  mediaId?: string
  /** True for work that goes ahead of the waiting work of its lane, because its time is limited. */
  isUrgent?: boolean
  /** True for work that is refused at the first lock that it meets, since it can also be done in another way. */
  triesOnce?: boolean
  /** Maximum time until all locks are held; the lane's default. */
  timeoutMs?: number
  /** Maximum duration of the work itself. Exceeding it is logged as an error; the caller gets UNAVAILABLE. */
  workTimeoutMs?: number
}

export interface Lanes {
  /**
   * Runs `work` in a transaction that may have to wait long for rows or a tree that other transactions have locked: rows
   * of users while a batch assigns, rows of media while a bulk operation works. A transaction that waits in the database
   * holds a connection, which readers need. So each lane admits a few transactions, each waits only briefly for a row
   * lock, and is then rolled back to try again later, without a connection. Rejects with RateLimitedError after `timeoutMs`.
   * `work` runs once per attempt: it must not change anything outside its transaction.
   */
  run<Result>(
    lane: LaneName,
    options: LaneOptions,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result>
}

const defaultWorkTimeoutMs = 30_000
const minRetryDelayMs = 50
/** Bounds the time outside the lock's queue: others that lock a row again and again would overtake a longer pause. */
const maxRetryDelayMs = 100

/** Exponential backoff with jitter, so that transactions which met at a lock do not meet again. */
const retryDelayMs = (attempt: number): number =>
  Math.min(maxRetryDelayMs, minRetryDelayMs * 2 ** attempt) * (0.5 + Math.random() / 2)

/** The tree was not free: nothing was done. */
const treeIsLocked = Symbol('The tree is locked')

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface LanesOptions {
  database: Database
  /** Number of connections in the database's pool. */
  poolSize: number
}

export const createLanes = ({ database, poolSize }: LanesOptions): Lanes => {
  const permits = lanePermits(poolSize)
  const semaphores = {
    interactive: createSemaphore(permits.interactive),
    media: createSemaphore(permits.media),
    people: createSemaphore(permits.people),
    maintenance: createSemaphore(permits.maintenance),
  }
  const mutex = createKeyedMutex()

  return {
    run(lane, { activity, tree, treeMode = 'exclusive', mediaId, isUrgent, ...options }, work) {
      const { workTimeoutMs = defaultWorkTimeoutMs, triesOnce = false } = options
      const { lockTimeoutMs } = lanes[lane]
      const treeKey = `${lane} ${tree}`
      const deadline = performance.now() + (options.timeoutMs ?? laneTimeoutMs(lane))
      const refuse = () =>
        new RateLimitedError(`Too many concurrent ${activity}. Nothing was changed; try again in 5 s.`, 5)
      const wait = () => ({ waitMs: Math.max(0, deadline - performance.now()), refuse })

      /** One transaction; null if it met a lock or found no connection in time, and was rolled back. */
      const attempt = async (enter: Entry) => {
        let startedAtMs: number | null = null
        // Up to three lock waits: for users, for the media that they have, and for the media that they get.
        const timeout = (tree === undefined ? 0 : wait().waitMs) + 3 * lockTimeoutMs + workTimeoutMs
        const begin = async (transaction: Transaction) => {
          startedAtMs = performance.now()
          const treeMs = Math.max(1, Math.ceil(wait().waitMs))
          // Each statement may take as long as the whole transaction.
          const isEntered = await enter(transaction, { treeMs, lockMs: lockTimeoutMs, statementMs: Math.ceil(timeout) })
          return isEntered ? { result: await work(transaction) } : treeIsLocked
        }
        const transact = () => database.$transaction(begin, { timeout, maxWait: Math.max(1, wait().waitMs) })
        return semaphores[lane].run(transact, { ...wait(), isUrgent }).catch((error: unknown) => {
          const isOver = startedAtMs !== null && performance.now() - startedAtMs >= timeout
          if (isLockNotAvailable(error)) return null
          // A statement that was cancelled sooner has met a lock, one that was cancelled now has worked for too long.
          if (isStatementCancelled(error) && !isOver) return null
          if (isTransactionTimeout(error) && startedAtMs === null) return null
          throw error
        })
      }

      /** Shares the tree at once, or queues for it; the queue moves on as soon as the tree is shared. */
      const attemptSharing = async (sharedTree: TreeName) => {
        const outcome = await attempt(tryTree(sharedTree))
        if (outcome !== treeIsLocked) return outcome
        const enterInOrder = async () => {
          const { promise: locked, resolve: onLocked } = Promise.withResolvers<void>()
          const queuedOutcome = attempt(waitForTree(sharedTree, 'shared', onLocked))
          await Promise.race([locked, queuedOutcome])
          return { queuedOutcome }
        }
        return (await mutex.run(treeKey, enterInOrder, wait())).queuedOutcome
      }

      const attemptOnce = () => {
        if (tree === undefined) return attempt(enterWithoutTree)
        if (treeMode !== 'shared') return attempt(waitForTree(tree, treeMode))
        return triesOnce ? attempt(tryTree(tree)) : attemptSharing(tree)
      }

      const attemptUntilDeadline = async () => {
        for (let count = 0; ; count++) {
          const outcome = await attemptOnce()
          if (outcome !== null && outcome !== treeIsLocked) return outcome.result
          const delayMs = retryDelayMs(count)
          if (triesOnce || performance.now() + delayMs > deadline) throw refuse()
          await sleep(delayMs)
        }
      }

      const key = tree === undefined || treeMode === 'shared' ? mediaId : treeKey
      return key === undefined ? attemptUntilDeadline() : mutex.run(key, attemptUntilDeadline, wait())
    },
  }
}
