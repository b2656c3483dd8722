import { type Operation, type OperationItem, Prisma } from '../../../prisma/generated/client/client.ts'
import type { OperationStatus } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/record.ts'
import { systemActor, type UserActor } from '../kernel/actor.ts'
import { type AssignmentChange, publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import type { Job, JobLease } from '../kernel/jobs.ts'
import { requireLease } from '../kernel/lease.ts'
import { createLostWork } from '../kernel/lostWork.ts'
import { publishOperation } from '../kernel/messages.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { lockMediaStates, type MediaState } from '../locking/rowLocks.ts'
import type { TreeName } from '../locking/treeLocks.ts'
import type { BulkAction, BulkContext, ItemRefusal } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'
import { minChunkSize, nextChunkSize } from './chunkSize.ts'
import { missingMedia, refuseItem } from './itemRefusal.ts'

/** Worker's side of operations: runs one from its present state until it ends, is cancelled, or the worker stops. */
export interface BulkRunner {
  run(operationId: string, signal: AbortSignal, lease: JobLease): Promise<void>
  /** Fails an operation whose job the queue has given up on; finished items stay as they are. */
  abandon(operationId: string): Promise<void>
  /** Sends the jobs of unfinished operations that have none, or fails those that lost it too often. Resolves to their number. */
  repair(): Promise<number>
}

interface RunnerOptions {
  database: Database
  queue: Queue
  lanes: Lanes
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

/** One transaction over 10,000 media with their log rows takes many seconds, more than the default timeout allows. */
const timeoutMs = 120_000
const dayMs = 24 * 60 * 60 * 1000

type PendingItem = Pick<OperationItem, 'position' | 'mediaId'>

interface ValidationResult {
  accepted: { item: PendingItem; media: MediaState }[]
  rejected: { item: PendingItem; refusal: ItemRefusal }[]
  /** Notes on items that succeeded, by media id. */
  warnings: Map<string, string>
}

interface StepResult {
  operation: Operation
  assignmentChanges: AssignmentChange[]
}

type Step = (transaction: Transaction, operation: Operation, chunkSize: number) => Promise<StepResult>

export const createBulkRunner = (options: RunnerOptions): BulkRunner => {
  const { database, queue, lanes, pubsub, clock, trashDays } = options
  const repairLost = createLostWork({
    database,
    queue,
    table: Prisma.sql`"Operation"`,
    isUnfinished: Prisma.sql`work."status" IN ('QUEUED', 'RUNNING')`,
    number: Prisma.sql`0`,
  })

  const parseOperation = ({ kind, input, requestedById, requestedRole }: Operation) => {
    const action: BulkAction = bulkActions[kind as BulkKind] // only `request` writes it
    const actor: UserActor = { type: 'user', userId: requestedById, role: requestedRole, requestId: null }
    return { action, actor, input: action.input.parse(input) }
  }

  const apply = async (
    transaction: Transaction,
    operation: Operation,
    { accepted, warnings }: ValidationResult,
  ): Promise<AssignmentChange[]> => {
    const { action, actor, input } = parseOperation(operation)
    const assignmentChanges: AssignmentChange[] = []
    if (accepted.length > 0) {
      const now = clock.now()
      const context: BulkContext = {
        now,
        purgeAt: new Date(now.getTime() + trashDays * dayMs),
        addAssignmentChanges: (changes) => {
          for (const change of changes) assignmentChanges.push(change)
        },
        addWarning: (mediaId, message) => void warnings.set(mediaId, message),
      }
      await action.apply(
        transaction,
        actor,
        accepted.map(({ media }) => media),
        input,
        context,
      )
    }
    return assignmentChanges
  }

  /** Validates each item on its own, under its lock. */
  const validateItems = async (
    transaction: Transaction,
    operation: Operation,
    items: PendingItem[],
  ): Promise<ValidationResult> => {
    const { action, actor, input } = parseOperation(operation)
    const rows = await (action.lock ?? lockMediaStates)(
      transaction,
      items.map(({ mediaId }) => mediaId),
    )
    const byId = new Map(rows.map((media) => [media.id, media]))
    const sharedRefusal = (await action.precondition?.(transaction, input)) ?? null
    const validation: ValidationResult = { accepted: [], rejected: [], warnings: new Map() }
    for (const item of items) {
      const media = byId.get(item.mediaId)
      const refusal =
        media === undefined
          ? missingMedia
          : (refuseItem(action, actor, media, sharedRefusal) ?? action.validateChange?.(media, input) ?? null)
      if (media !== undefined && refusal === null) validation.accepted.push({ item, media })
      else validation.rejected.push({ item, refusal: refusal ?? missingMedia })
    }
    return validation
  }

  const saveResults = async (
    transaction: Transaction,
    operationId: string,
    { accepted, rejected, warnings }: ValidationResult,
  ): Promise<void> => {
    const positions = accepted.map(({ item }) => item.position)
    await transaction.$executeRaw`
      UPDATE "OperationItem" SET "status" = 'SUCCEEDED'
      WHERE "operationId" = ${operationId}::uuid AND "position" = ANY(${positions}::int[])`
    const itemUpdates = [
      ...rejected.map(({ item: { position }, refusal: { code, message } }) => {
        return { position, status: 'FAILED', code, message }
      }),
      ...accepted.flatMap(({ item: { position, mediaId } }) => {
        const message = warnings.get(mediaId)
        return message === undefined ? [] : [{ position, status: 'SUCCEEDED', code: null, message }]
      }),
    ]
    if (itemUpdates.length === 0) return
    await transaction.$executeRaw`
      UPDATE "OperationItem" AS item SET
        "status" = told."status"::"OperationItemStatus", "code" = told."code", "message" = told."message"
      FROM jsonb_to_recordset(${JSON.stringify(itemUpdates)}::jsonb)
        AS told("position" int, "status" text, "code" text, "message" text)
      WHERE item."operationId" = ${operationId}::uuid AND item."position" = told."position"`
  }

  /** Locks the operation for this transaction; returns null if it is not running any more. */
  const lockRunning = async (transaction: Transaction, id: string, lease: JobLease): Promise<Operation | null> => {
    await transaction.$queryRaw`SELECT 1 FROM "Operation" WHERE "id" = ${id}::uuid FOR UPDATE`
    await requireLease(transaction, lease)
    const operation = await transaction.operation.findUnique({ where: { id } })
    return operation?.status === 'RUNNING' ? operation : null
  }

  const readPending = (transaction: Transaction, operationId: string, take?: number): Promise<PendingItem[]> =>
    transaction.operationItem.findMany({
      select: { position: true, mediaId: true },
      where: { operationId, status: 'PENDING' },
      orderBy: { position: 'asc' },
      take,
    })

  const finish = async (
    transaction: Transaction,
    operation: Operation,
    status: OperationStatus,
    counts: Prisma.OperationUpdateInput = {},
  ): Promise<Operation> => {
    const row = await transaction.operation.update({
      where: { id: operation.id },
      data: { ...counts, status, finishedAt: clock.now(), revision: { increment: 1 } },
    })
    const { succeeded, failed } = row
    await record(transaction, systemActor, 'operation.completed', row, { status, succeeded, failed })
    return row
  }

  const computeFinalStatus = ({ total, failed, succeeded }: Operation): OperationStatus => {
    if (failed === 0) return 'COMPLETED'
    return succeeded === 0 && total > 0 ? 'FAILED' : 'PARTIALLY_COMPLETED'
  }

  /** Processes one chunk and stores its results and counts: a killed worker repeats none of it. */
  const runChunk: Step = async (transaction, operation, chunkSize) => {
    const { id, processed, succeeded, failed } = operation
    const items = await readPending(transaction, id, chunkSize)
    if (items.length === 0)
      return { operation: await finish(transaction, operation, computeFinalStatus(operation)), assignmentChanges: [] }
    const validation = await validateItems(transaction, operation, items)
    const assignmentChanges = await apply(transaction, operation, validation)
    await saveResults(transaction, id, validation)
    // The row is locked: no other process counts.
    const counts = {
      processed: processed + items.length,
      succeeded: succeeded + validation.accepted.length,
      failed: failed + validation.rejected.length,
    }
    if (items.length === chunkSize)
      return { operation: await transaction.operation.update({ where: { id }, data: counts }), assignmentChanges }
    const status = computeFinalStatus({ ...operation, ...counts })
    return { operation: await finish(transaction, operation, status, counts), assignmentChanges }
  }

  /** Validates all items, then applies the action to all or to none. */
  const runAll: Step = async (transaction, operation) => {
    const { id, total } = operation
    const validation = await validateItems(transaction, operation, await readPending(transaction, id))
    const failed = validation.rejected.length
    if (failed > 0) {
      await saveResults(transaction, id, { ...validation, accepted: [] })
      const counts = { processed: total, failed }
      return { operation: await finish(transaction, operation, 'FAILED', counts), assignmentChanges: [] }
    }
    const assignmentChanges = await apply(transaction, operation, validation)
    await saveResults(transaction, id, validation)
    const counts = { processed: total, succeeded: total }
    return { operation: await finish(transaction, operation, 'COMPLETED', counts), assignmentChanges }
  }

  /** Runs one step in a transaction of its own; returns null if the operation is not running any more. */
  const runStep = (
    id: string,
    step: (transaction: Transaction, operation: Operation) => Promise<StepResult>,
    tree: TreeName | undefined,
    lease: JobLease,
  ): Promise<StepResult | null> =>
    lanes.run(
      'maintenance',
      { activity: 'bulk operations', tree, treeMode: 'shared', timeoutMs, workTimeoutMs: timeoutMs },
      async (transaction) => {
        const operation = await lockRunning(transaction, id, lease)
        return operation === null ? null : step(transaction, operation)
      },
    )

  const start = async (id: string, lease: JobLease): Promise<Operation | null> => {
    const [row] = await database.$queryRaw<Operation[]>`
      UPDATE "Operation" SET "status" = 'RUNNING', "revision" = "revision" + 1
      WHERE "id" = ${id}::uuid AND "status" = 'QUEUED' AND ${lease.isHeld} RETURNING *`
    if (row !== undefined) publishOperation(pubsub, row)
    return row ?? database.operation.findUnique({ where: { id, status: 'RUNNING' } })
  }

  const abandon = async (id: string): Promise<void> => {
    const row = await database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "Operation" WHERE "id" = ${id}::uuid FOR UPDATE`
      const operation = await transaction.operation.findUnique({ where: { id } })
      const isUnfinished = operation?.status === 'QUEUED' || operation?.status === 'RUNNING'
      return isUnfinished ? finish(transaction, operation, 'FAILED') : null
    })
    if (row !== null) publishOperation(pubsub, row)
  }

  return {
    abandon,

    repair: () =>
      repairLost({
        async resend(transaction, ids) {
          await queue.send(
            transaction,
            ...ids.map((operationId): Job => ({ name: 'operation', payload: { operationId } })),
          )
        },
        abandon: ({ id }) => abandon(id),
      }),

    async run(id, signal, lease) {
      const operation = await start(id, lease)
      if (operation === null) return
      const step = operation.errorPolicy === 'REJECT_EVERYTHING' ? runAll : runChunk
      const { treeLock } = parseOperation(operation).action
      for (let chunkSize = minChunkSize; ; ) {
        // Pending items stay pending: the next worker that takes the job continues with them.
        signal.throwIfAborted()
        const startMs = performance.now()
        const result = await runStep(id, (...rows) => step(...rows, chunkSize), treeLock, lease)
        if (result === null) return
        chunkSize = nextChunkSize(chunkSize, performance.now() - startMs)
        publishAssignmentChanges(pubsub, result.assignmentChanges)
        publishOperation(pubsub, result.operation)
        if (result.operation.status !== 'RUNNING') return
      }
    },
  }
}
