import type { Media, Operation, OperationItem, Prisma } from '../../../prisma/generated/client/client.ts'
import type { OperationStatus } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/actions.ts'
import { system, type UserActor } from '../kernel/actor.ts'
import { type AssignmentChange, publishAssignmentChanges } from '../kernel/assignmentMessages.ts'
import { publishOperation } from '../kernel/messages.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { type TreeName, withOptionalTreeLock } from '../locking/treeLocks.ts'
import type { BulkAction, BulkContext, ItemRefusal } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'

/** The worker's side: does an operation from wherever it is, until its end, a cancel, or the worker's own end. */
export interface BulkRunner {
  run(operationId: string, signal: AbortSignal): Promise<void>
  /** The queue has given up: what is done stays done. */
  abandon(operationId: string): Promise<void>
}

interface RunnerOptions {
  database: Database
  pubsub: PubSub
  clock: Clock
  trashDays: number
}

/** Small enough that a cancel is seen and a lost worker loses little, large enough to work set by set. */
const chunkSize = 500
/** One transaction over 10,000 media with their log rows takes seconds, not the default's few. */
const timeoutMs = 120_000
const dayMs = 24 * 60 * 60 * 1000

const notFound: ItemRefusal = { code: 'NOT_FOUND', message: 'There is no such media.' }

interface ValidationResult {
  accepted: { item: OperationItem; media: Media }[]
  rejected: { item: OperationItem; refusal: ItemRefusal }[]
  /** By media: what there is to tell of those that were done. */
  warnings: Map<string, string>
}

export const createBulkRunner = ({ database, pubsub, clock, trashDays }: RunnerOptions): BulkRunner => {
  const parseOperation = ({ kind, input, requestedById, requestedRole }: Operation) => {
    const action: BulkAction = bulkActions[kind as BulkKind] // written by `request` alone
    const actor: UserActor = { type: 'user', userId: requestedById, role: requestedRole, requestId: null }
    return { action, actor, input: action.input.parse(input) }
  }

  const apply = async (
    transaction: Transaction,
    operation: Operation,
    { accepted, warnings }: ValidationResult,
    assignmentChanges: AssignmentChange[],
  ): Promise<void> => {
    const { action, actor, input } = parseOperation(operation)
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
  }

  /** Every row on its own, under its lock. */
  const validateItems = async (
    transaction: Transaction,
    operation: Operation,
    items: OperationItem[],
  ): Promise<ValidationResult> => {
    const { action, actor, input } = parseOperation(operation)
    const rows = await (action.lock ?? lockMedia)(
      transaction,
      items.map(({ mediaId }) => mediaId),
    )
    const byId = new Map(rows.map((media) => [media.id, media]))
    const sharedRefusal = (await action.precondition?.(transaction, input)) ?? null
    const validation: ValidationResult = { accepted: [], rejected: [], warnings: new Map() }
    for (const item of items) {
      const media = byId.get(item.mediaId)
      const exists = media !== undefined && (media.deletedAt !== null) === action.trashed
      const refusal = exists ? (sharedRefusal ?? action.validate(actor, media, input)) : notFound
      if (exists && refusal === null) validation.accepted.push({ item, media })
      else validation.rejected.push({ item, refusal: refusal ?? notFound })
    }
    return validation
  }

  const saveResults = async (
    transaction: Transaction,
    operationId: string,
    { accepted, rejected, warnings }: ValidationResult,
  ): Promise<void> => {
    const positions = accepted.map(({ item }) => item.position)
    await transaction.operationItem.updateMany({
      where: { operationId, position: { in: positions } },
      data: { status: 'SUCCEEDED' },
    })
    const itemUpdates = [
      ...rejected.map(({ item: { position }, refusal }) => ({ position, status: 'FAILED', ...refusal })),
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

  /** Takes the operation for this transaction; null where it is not to be worked on any more. */
  const lockRunning = async (transaction: Transaction, id: string): Promise<Operation | null> => {
    await transaction.$queryRaw`SELECT 1 FROM "Operation" WHERE "id" = ${id}::uuid FOR UPDATE`
    const operation = await transaction.operation.findUnique({ where: { id } })
    return operation?.status === 'RUNNING' ? operation : null
  }

  const readPending = (transaction: Transaction, operationId: string, take?: number): Promise<OperationItem[]> =>
    transaction.operationItem.findMany({
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
    await record(transaction, system, {
      action: 'operation.completed',
      nodeType: 'Operation',
      nodeId: row.id,
      mediaId: null,
      data: { status, succeeded: row.succeeded, failed: row.failed },
    })
    return row
  }

  const computeFinalStatus = ({ total, failed, succeeded }: Operation): OperationStatus => {
    if (failed === 0) return 'COMPLETED'
    return succeeded === 0 && total > 0 ? 'FAILED' : 'PARTIALLY_COMPLETED'
  }

  /** One chunk with its marks and counts in one transaction: a killed worker repeats none of it. Null at the end. */
  const runChunk = (
    id: string,
    treeLock: TreeName | undefined,
    assignmentChanges: AssignmentChange[],
  ): Promise<Operation | null> =>
    withOptionalTreeLock(
      database,
      treeLock,
      async (transaction) => {
        const operation = await lockRunning(transaction, id)
        if (operation === null) return null
        const items = await readPending(transaction, id, chunkSize)
        if (items.length === 0) return finish(transaction, operation, computeFinalStatus(operation))
        const validation = await validateItems(transaction, operation, items)
        await apply(transaction, operation, validation, assignmentChanges)
        await saveResults(transaction, id, validation)
        return transaction.operation.update({
          where: { id },
          data: {
            processed: { increment: items.length },
            succeeded: { increment: validation.accepted.length },
            failed: { increment: validation.rejected.length },
          },
        })
      },
      { timeout: timeoutMs, waitMs: timeoutMs, rowMs: timeoutMs },
    )

  /** Validates all, then acts on all, in one transaction; or on none. */
  const runAll = (
    id: string,
    treeLock: TreeName | undefined,
    assignmentChanges: AssignmentChange[],
  ): Promise<Operation | null> =>
    withOptionalTreeLock(
      database,
      treeLock,
      async (transaction) => {
        const operation = await lockRunning(transaction, id)
        if (operation === null) return null
        const validation = await validateItems(transaction, operation, await readPending(transaction, id))
        const [processed, failed] = [operation.total, validation.rejected.length]
        if (failed > 0) {
          await saveResults(transaction, id, { ...validation, accepted: [] })
          return finish(transaction, operation, 'FAILED', { processed, failed })
        }
        await apply(transaction, operation, validation, assignmentChanges)
        await saveResults(transaction, id, validation)
        return finish(transaction, operation, 'COMPLETED', { processed, succeeded: operation.total })
      },
      { timeout: timeoutMs, waitMs: timeoutMs, rowMs: timeoutMs },
    )

  const start = async (id: string): Promise<Operation | null> => {
    const [row] = await database.operation.updateManyAndReturn({
      where: { id, status: 'QUEUED' },
      data: { status: 'RUNNING', revision: { increment: 1 } },
    })
    if (row !== undefined) publishOperation(pubsub, row)
    return row ?? database.operation.findUnique({ where: { id, status: 'RUNNING' } })
  }

  return {
    async abandon(id) {
      const row = await database.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT 1 FROM "Operation" WHERE "id" = ${id}::uuid FOR UPDATE`
        const operation = await transaction.operation.findUnique({ where: { id } })
        const isUnfinished = operation?.status === 'QUEUED' || operation?.status === 'RUNNING'
        return isUnfinished ? finish(transaction, operation, 'FAILED') : null
      })
      if (row !== null) publishOperation(pubsub, row)
    },

    async run(id, signal) {
      const operation = await start(id)
      if (operation === null) return
      const runStep = operation.errorPolicy === 'REJECT_EVERYTHING' ? runAll : runChunk
      const { treeLock } = parseOperation(operation).action
      for (;;) {
        // What is pending stays so: whoever takes the job next goes on there.
        signal.throwIfAborted()
        const assignmentChanges: AssignmentChange[] = []
        const latest = await runStep(id, treeLock, assignmentChanges)
        publishAssignmentChanges(pubsub, assignmentChanges)
        if (latest === null) return
        publishOperation(pubsub, latest)
        if (latest.status !== 'RUNNING') return
      }
    },
  }
}
