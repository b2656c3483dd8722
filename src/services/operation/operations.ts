import { z } from 'zod'
import type { Operation, Prisma } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor, UserActor } from '../kernel/actor.ts'
import { InvalidInputError, NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { publishOperation } from '../kernel/messages.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayReadOperation } from '../kernel/policies.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { timestampText } from '../kernel/scalars.ts'
import { runInLane } from '../locking/lanes.ts'
import { withOptionalTreeLock } from '../locking/treeLocks.ts'
import { filterConditions, isEmptyFilter, parseFilter } from '../media/filter.ts'
import type { BulkAction } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'
import { createItemLists, type ItemLists } from './items.ts'
import { maxIds, parseMediaIds, parseTarget, type Target } from './target.ts'

/** What a caller asks for; `path` is where the target stands in the mutation's input, for refusals. */
export interface BulkRequest {
  kind: BulkKind
  target: Target
  path: string
  /** What belongs to every item alike. */
  input: unknown
}

export interface Operations extends ItemLists {
  request(actor: UserActor, request: BulkRequest): Promise<Operation>
  find(actor: Actor, id: string, query: object): Promise<Operation | null>
  /** The caller's own, newest first. */
  list(actor: UserActor, args: PageArguments, query: object): Promise<Connection<Operation>>
  /** What is done stays done; nothing more is begun. */
  cancel(actor: Actor, id: string): Promise<Operation>
}

interface OperationsOptions {
  database: Database
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const listCursor = createCursorCodec('operations:CREATED_AT', z.tuple([timestampText, z.uuid()]))

export const createOperations = ({ database, queue, pubsub, clock }: OperationsOptions): Operations => {
  /** The items, decided once: what a filter selects at this moment, or the named ids in their order. */
  const insertItems = async (
    transaction: Transaction,
    operationId: string,
    request: BulkRequest,
    action: BulkAction,
  ) => {
    const { ids, filter } = parseTarget(request.target, request.path)
    if (ids != null) {
      const mediaIds = parseMediaIds(ids, `${request.path}ids`)
      const data = mediaIds.map((mediaId, position) => ({ operationId, position, mediaId }))
      return (await transaction.operationItem.createMany({ data })).count
    }
    const mediaFilter = parseFilter({ ...filter, trashed: action.trashed }, `${request.path}filter`)
    if (isEmptyFilter(mediaFilter, clock.now()))
      throw new InvalidInputError([{ path: `${request.path}filter`, message: 'An empty filter selects nothing.' }])
    return transaction.$executeRaw`
      INSERT INTO "OperationItem" ("operationId", "position", "mediaId")
      SELECT ${operationId}::uuid, row_number() OVER (ORDER BY "Media"."id") - 1, "Media"."id"
      FROM "Media" WHERE ${await filterConditions(transaction, mediaFilter)}`
  }

  const refuseUnexpectedTotal = (request: BulkRequest, total: number): void => {
    const { expectedCount, errorPolicy, filter } = parseTarget(request.target, request.path)
    if (filter != null && expectedCount != null && expectedCount !== total)
      throw new StateConflictError(`The filter now selects ${total} media, not ${expectedCount}.`)
    if ((errorPolicy ?? 'REJECT_FAILED_ROWS') === 'REJECT_EVERYTHING' && total > maxIds) {
      const message = `REJECT_EVERYTHING takes at most ${maxIds} media at once; the filter selects ${total}.`
      throw new InvalidInputError([{ path: `${request.path}filter`, message }])
    }
  }

  const requireReadable = async (actor: Actor, id: string): Promise<Operation> => {
    const operation = await database.operation.findUnique({ where: { id: parseId('Operation', id) } })
    if (operation === null || mayReadOperation(actor, operation) !== null)
      throw new NotFoundError('There is no such operation.', id)
    return operation
  }

  return {
    ...createItemLists(database),

    async request(actor, request) {
      const action: BulkAction = bulkActions[request.kind]
      enforce(action.policy(actor))
      const { errorPolicy } = parseTarget(request.target, request.path)
      action.checkDepth?.(request.input)
      const input = parseInput(action.input, request.input)
      const operation = await withOptionalTreeLock(
        database,
        action.prepare === undefined ? undefined : action.treeLock,
        async (transaction) => {
          const preparedInput = (await action.prepare?.(transaction, actor, input)) ?? input
          const created = await transaction.operation.create({
            data: {
              kind: action.kind,
              errorPolicy: errorPolicy ?? 'REJECT_FAILED_ROWS',
              input: preparedInput as Prisma.InputJsonObject, // zod made it from JSON
              total: 0,
              requestedById: actor.userId,
              requestedRole: actor.role,
            },
          })
          const total = await insertItems(transaction, created.id, request, action)
          refuseUnexpectedTotal(request, total)
          await record(transaction, actor, {
            action: 'operation.requested',
            nodeType: 'Operation',
            nodeId: created.id,
            mediaId: null,
            data: { kind: action.kind, total },
          })
          await queue.send(transaction, { name: 'operation', payload: { operationId: created.id } })
          return transaction.operation.update({ where: { id: created.id }, data: { total } })
        },
        { timeout: 60_000 },
      )
      publishOperation(pubsub, operation)
      return operation
    },

    async find(actor, id, query) {
      const operation = await database.operation.findUnique({ ...query, where: { id: parseId('Operation', id) } })
      return operation === null || mayReadOperation(actor, operation) !== null ? null : operation
    },

    async list(actor, args, query) {
      const page = parsePage(args, listCursor)
      const keysetCondition = ([createdAt, id]: [string, string], sign: 'lt' | 'gt'): Prisma.OperationWhereInput => ({
        OR: [{ createdAt: { [sign]: createdAt } }, { createdAt, id: { [sign]: id } }],
      })
      const ownCondition = { requestedById: actor.userId }
      const bounds = [
        ...(page.after ? [keysetCondition(page.after, 'lt')] : []),
        ...(page.before ? [keysetCondition(page.before, 'gt')] : []),
      ]
      const direction = page.backward ? 'asc' : 'desc'
      const rows = await database.operation.findMany({
        ...query,
        where: { ...ownCondition, AND: bounds },
        orderBy: [{ createdAt: direction }, { id: direction }],
        take: page.limit + 1,
      })
      return connectionOf(
        page,
        rows,
        ({ createdAt, id }) => listCursor.encode([createdAt.toISOString(), id]),
        () => database.operation.count({ where: ownCondition }),
      )
    },

    async cancel(actor, id) {
      const operation = await requireReadable(actor, id)
      const cancelled = await runInLane(database, 'cancels', async (transaction) => {
        const [row] = await transaction.operation.updateManyAndReturn({
          where: { id: operation.id, status: { in: ['QUEUED', 'RUNNING'] } },
          data: { status: 'CANCELLED', finishedAt: clock.now(), revision: { increment: 1 } },
        })
        if (row === undefined) throw new StateConflictError('This operation has ended already.')
        await record(transaction, actor, {
          action: 'operation.cancelled',
          nodeType: 'Operation',
          nodeId: row.id,
          mediaId: null,
          data: { processed: row.processed },
        })
        return row
      })
      publishOperation(pubsub, cancelled)
      return cancelled
    },
  }
}
