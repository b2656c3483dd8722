import type { Media, Operation, OperationItem, Prisma } from '../../../prisma/generated/client/client.ts'
import type { OperationStatus } from '../../../prisma/generated/client/enums.ts'
import { record } from '../event/actions.ts'
import { system, type UserActor } from '../kernel/actor.ts'
import { type AssignmentChange, announceAssignments } from '../kernel/assignmentMessages.ts'
import { publishOperation } from '../kernel/messages.ts'
import type { Clock, Database, PubSub, Transaction } from '../kernel/ports.ts'
import { lockMedia } from '../locking/rowLocks.ts'
import { changeWithin, type Structure } from '../locking/treeLocks.ts'
import type { BulkAction, BulkSetting, ItemRefusal } from './bulkAction.ts'
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
const longestMs = 120_000
const dayMs = 24 * 60 * 60 * 1000

const notFound: ItemRefusal = { code: 'NOT_FOUND', message: 'There is no such media.' }

interface Judged {
  good: { item: OperationItem; media: Media }[]
  bad: { item: OperationItem; refusal: ItemRefusal }[]
  /** By media: what there is to tell of those that were done. */
  notes: Map<string, string>
}

export const createBulkRunner = ({ database, pubsub, clock, trashDays }: RunnerOptions): BulkRunner => {
  const workOf = ({ kind, input, requestedById, requestedRole }: Operation) => {
    const action: BulkAction = bulkActions[kind as BulkKind] // written by `request` alone
    const actor: UserActor = { type: 'user', userId: requestedById, role: requestedRole, requestId: null }
    return { action, actor, input: action.input.parse(input) }
  }

  const apply = async (
    transaction: Transaction,
    operation: Operation,
    { good, notes }: Judged,
    news: AssignmentChange[],
  ): Promise<void> => {
    const { action, actor, input } = workOf(operation)
    if (good.length > 0) {
      const now = clock.now()
      const setting: BulkSetting = {
        now,
        purgeAt: new Date(now.getTime() + trashDays * dayMs),
        noteAssignments: (changes) => {
          for (const change of changes) news.push(change)
        },
        noteItem: (mediaId, message) => void notes.set(mediaId, message),
      }
      await action.apply(
        transaction,
        actor,
        good.map(({ media }) => media),
        input,
        setting,
      )
    }
  }

  /** Every row on its own, under its lock. */
  const judge = async (transaction: Transaction, operation: Operation, items: OperationItem[]): Promise<Judged> => {
    const { action, actor, input } = workOf(operation)
    const rows = await (action.lock ?? lockMedia)(
      transaction,
      items.map(({ mediaId }) => mediaId),
    )
    const byId = new Map(rows.map((media) => [media.id, media]))
    const obstacle = (await action.obstacle?.(transaction, input)) ?? null
    const judged: Judged = { good: [], bad: [], notes: new Map() }
    for (const item of items) {
      const media = byId.get(item.mediaId)
      const isThere = media !== undefined && (media.deletedAt !== null) === action.trashed
      const refusal = isThere ? (obstacle ?? action.judge(actor, media, input)) : notFound
      if (isThere && refusal === null) judged.good.push({ item, media })
      else judged.bad.push({ item, refusal: refusal ?? notFound })
    }
    return judged
  }

  const mark = async (transaction: Transaction, operationId: string, { good, bad, notes }: Judged): Promise<void> => {
    const positions = good.map(({ item }) => item.position)
    await transaction.operationItem.updateMany({
      where: { operationId, position: { in: positions } },
      data: { status: 'SUCCEEDED' },
    })
    const told = [
      ...bad.map(({ item: { position }, refusal }) => ({ position, status: 'FAILED', ...refusal })),
      ...good.flatMap(({ item: { position, mediaId } }) => {
        const message = notes.get(mediaId)
        return message === undefined ? [] : [{ position, status: 'SUCCEEDED', code: null, message }]
      }),
    ]
    if (told.length === 0) return
    await transaction.$executeRaw`
      UPDATE "OperationItem" AS item SET
        "status" = told."status"::"OperationItemStatus", "code" = told."code", "message" = told."message"
      FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
        AS told("position" int, "status" text, "code" text, "message" text)
      WHERE item."operationId" = ${operationId}::uuid AND item."position" = told."position"`
  }

  /** Takes the operation for this transaction; null where it is not to be worked on any more. */
  const hold = async (transaction: Transaction, id: string): Promise<Operation | null> => {
    await transaction.$queryRaw`SELECT 1 FROM "Operation" WHERE "id" = ${id}::uuid FOR UPDATE`
    const operation = await transaction.operation.findUnique({ where: { id } })
    return operation?.status === 'RUNNING' ? operation : null
  }

  const pending = (transaction: Transaction, operationId: string, take?: number): Promise<OperationItem[]> =>
    transaction.operationItem.findMany({
      where: { operationId, status: 'PENDING' },
      orderBy: { position: 'asc' },
      take,
    })

  const end = async (
    transaction: Transaction,
    operation: Operation,
    status: OperationStatus,
    counts: Prisma.OperationUpdateInput = {},
  ): Promise<Operation> => {
    const ended = await transaction.operation.update({
      where: { id: operation.id },
      data: { ...counts, status, finishedAt: clock.now(), revision: { increment: 1 } },
    })
    await record(transaction, system, {
      action: 'operation.completed',
      nodeType: 'Operation',
      nodeId: ended.id,
      mediaId: null,
      data: { status, succeeded: ended.succeeded, failed: ended.failed },
    })
    return ended
  }

  const endOf = ({ total, failed, succeeded }: Operation): OperationStatus => {
    if (failed === 0) return 'COMPLETED'
    return succeeded === 0 && total > 0 ? 'FAILED' : 'PARTIALLY_COMPLETED'
  }

  /** One chunk with its marks and counts in one transaction: a killed worker repeats none of it. Null at the end. */
  const chunk = (id: string, structure: Structure | undefined, news: AssignmentChange[]): Promise<Operation | null> =>
    changeWithin(
      database,
      structure,
      async (transaction) => {
        const operation = await hold(transaction, id)
        if (operation === null) return null
        const items = await pending(transaction, id, chunkSize)
        if (items.length === 0) return end(transaction, operation, endOf(operation))
        const judged = await judge(transaction, operation, items)
        await apply(transaction, operation, judged, news)
        await mark(transaction, id, judged)
        return transaction.operation.update({
          where: { id },
          data: {
            processed: { increment: items.length },
            succeeded: { increment: judged.good.length },
            failed: { increment: judged.bad.length },
          },
        })
      },
      { timeout: longestMs, waitMs: longestMs, rowMs: longestMs },
    )

  /** Validates all, then acts on all, in one transaction; or on none. */
  const everything = (
    id: string,
    structure: Structure | undefined,
    news: AssignmentChange[],
  ): Promise<Operation | null> =>
    changeWithin(
      database,
      structure,
      async (transaction) => {
        const operation = await hold(transaction, id)
        if (operation === null) return null
        const judged = await judge(transaction, operation, await pending(transaction, id))
        const [processed, failed] = [operation.total, judged.bad.length]
        if (failed > 0) {
          await mark(transaction, id, { ...judged, good: [] })
          return end(transaction, operation, 'FAILED', { processed, failed })
        }
        await apply(transaction, operation, judged, news)
        await mark(transaction, id, judged)
        return end(transaction, operation, 'COMPLETED', { processed, succeeded: operation.total })
      },
      { timeout: longestMs, waitMs: longestMs, rowMs: longestMs },
    )

  const start = async (id: string): Promise<Operation | null> => {
    const [started] = await database.operation.updateManyAndReturn({
      where: { id, status: 'QUEUED' },
      data: { status: 'RUNNING', revision: { increment: 1 } },
    })
    if (started !== undefined) publishOperation(pubsub, started)
    return started ?? database.operation.findUnique({ where: { id, status: 'RUNNING' } })
  }

  return {
    async abandon(id) {
      const ended = await database.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT 1 FROM "Operation" WHERE "id" = ${id}::uuid FOR UPDATE`
        const operation = await transaction.operation.findUnique({ where: { id } })
        const isOpen = operation?.status === 'QUEUED' || operation?.status === 'RUNNING'
        return isOpen ? end(transaction, operation, 'FAILED') : null
      })
      if (ended !== null) publishOperation(pubsub, ended)
    },

    async run(id, signal) {
      const operation = await start(id)
      if (operation === null) return
      const step = operation.errorPolicy === 'REJECT_EVERYTHING' ? everything : chunk
      const { structure } = workOf(operation).action
      for (;;) {
        // What is pending stays so: whoever takes the job next goes on there.
        signal.throwIfAborted()
        const news: AssignmentChange[] = []
        const after = await step(id, structure, news)
        announceAssignments(pubsub, news)
        if (after === null) return
        publishOperation(pubsub, after)
        if (after.status !== 'RUNNING') return
      }
    },
  }
}
