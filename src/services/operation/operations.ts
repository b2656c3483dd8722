import { z } from 'zod'
import type { Operation, Prisma } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor, UserActor } from '../kernel/actor.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { keyset } from '../kernel/keyset.ts'
import { publishOperation } from '../kernel/messages.ts'
import { notFound } from '../kernel/notFound.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayReadOperation } from '../kernel/policies.ts'
import type { Clock, Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { timestampText } from '../kernel/scalars.ts'
import type { Lanes } from '../locking/lanes.ts'
import { filterConditions, isEmptyFilter, parseCallersFilter } from '../media/filter.ts'
import type { BulkAction } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'
import { createItemLists, type ItemLists } from './items.ts'
import { maxIds, parseMediaIds, parseTarget, type Target } from './target.ts'

/**
 * Request of a caller. `path` is the prefix of the target's fields in the mutation's input, for the paths of refusals.
 */
interface BulkRequest {
  kind: BulkKind
  target: Target
  path: string
  /** Input that all items share; parsed by the action. */
  input: unknown
}

export interface Operations extends ItemLists {
  request(actor: UserActor, request: BulkRequest): Promise<Operation>
  find(actor: Actor, id: string, query: object): Promise<Operation | null>
  /** Lists the caller's own operations, newest first. */
  list(actor: UserActor, args: PageArguments, query: object): Promise<Connection<Operation>>
  /** Cancels an operation: finished items stay as they are, pending ones are not started. */
  cancel(actor: Actor, id: string): Promise<Operation>
}

interface OperationsOptions {
  database: Database
  lanes: Lanes
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const listCursor = createCursorCodec('operations:CREATED_AT', z.tuple([timestampText, z.uuid()]))

/** Whether a filter says `trashed: true` and nothing else, which for a restore or a purge is not empty but means the whole trash. */
const namesWholeTrash = (filter: Target['filter']): boolean =>
  filter?.['trashed'] === true && Object.entries(filter).every(([name, value]) => name === 'trashed' || value == null)

/** A filter may select every media of the library. */
const requestTimeoutMs = 60_000

const requesterColumn = { requestedById: true } as const

const creationColumn = { createdAt: true } as const

export const createOperations = ({ database, lanes, queue, pubsub, clock }: OperationsOptions): Operations => {
  /**
   * Fixes the items once: the media that the filter selects now, or the named ids in their order. Returns their number.
   */
  const insertItems = async (
    transaction: Transaction,
    actor: Actor,
    operationId: string,
    request: BulkRequest,
    action: BulkAction,
  ) => {
    const { ids, filter } = parseTarget(request.target, request.path)
    if (ids != null) {
      const mediaIds = parseMediaIds(ids, `${request.path}ids`)
      return transaction.$executeRaw`
        INSERT INTO "OperationItem" ("operationId", "position", "mediaId")
        SELECT ${operationId}::uuid, "number" - 1, "mediaId"
        FROM unnest(${mediaIds}::uuid[]) WITH ORDINALITY AS item("mediaId", "number")`
    }
    const rawFilter = { ...filter, trashed: action.requiresTrashed }
    const mediaFilter = parseCallersFilter(actor, rawFilter, `${request.path}filter`)
    if (isEmptyFilter(mediaFilter, clock.now()) && !(action.requiresTrashed && namesWholeTrash(filter)))
      throw new InvalidInputError([
        { path: `${request.path}filter`, message: 'An empty filter is not allowed. Set at least one condition.' },
      ])
    return transaction.$executeRaw`
      INSERT INTO "OperationItem" ("operationId", "position", "mediaId")
      SELECT ${operationId}::uuid, row_number() OVER (ORDER BY "Media"."id") - 1, "Media"."id"
      FROM "Media" WHERE ${await filterConditions(transaction, mediaFilter)}`
  }

  const refuseUnexpectedTotal = (request: BulkRequest, total: number): void => {
    const { expectedCount, errorPolicy, filter } = parseTarget(request.target, request.path)
    if (filter != null && expectedCount != null && expectedCount !== total)
      throw new StateConflictError(
        `The filter now selects ${total} media, not ${expectedCount}. Review the list and try again.`,
      )
    if ((errorPolicy ?? 'REJECT_FAILED_ROWS') === 'REJECT_EVERYTHING' && total > maxIds) {
      const message = `REJECT_EVERYTHING takes at most ${maxIds} media; the filter selects ${total}. Narrow the filter.`
      throw new InvalidInputError([{ path: `${request.path}filter`, message }])
    }
  }

  const requireReadable = async (actor: Actor, id: string): Promise<Operation> => {
    const operation = await database.operation.findUnique({ where: { id: parseId('Operation', id) } })
    if (operation === null || mayReadOperation(actor, operation) !== null) throw notFound('Operation', id)
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
      const operation = await lanes.run(
        'maintenance',
        {
          activity: 'bulk operations',
          tree: action.prepare === undefined ? undefined : action.treeLock,
          workTimeoutMs: requestTimeoutMs,
        },
        async (transaction) => {
          const preparedInput = (await action.prepare?.(transaction, actor, input)) ?? input
          const created = await transaction.operation.create({
            data: {
              kind: action.kind,
              errorPolicy: errorPolicy ?? 'REJECT_FAILED_ROWS',
              input: preparedInput as Prisma.InputJsonObject, // zod parsed it from JSON
              total: 0,
              requestedById: actor.userId,
              requestedRole: actor.role,
            },
          })
          const total = await insertItems(transaction, actor, created.id, request, action)
          refuseUnexpectedTotal(request, total)
          await record(transaction, actor, 'operation.requested', created, { kind: action.kind, total })
          await queue.send(transaction, { name: 'operation', payload: { operationId: created.id } })
          return transaction.operation.update({ where: { id: created.id }, data: { total } })
        },
      )
      publishOperation(pubsub, operation)
      return operation
    },

    async find(actor, id, query) {
      const operation = await database.operation.findUnique({
        ...alsoSelect(query, requesterColumn),
        where: { id: parseId('Operation', id) },
      })
      return operation === null || mayReadOperation(actor, operation) !== null ? null : operation
    },

    async list(actor, args, query) {
      const page = parsePage(args, listCursor)
      const ownCondition = { requestedById: actor.userId }
      const { where, orderBy, take } = keyset(page, 'desc', 'createdAt', 'id')
      const rows = await database.operation.findMany({
        ...alsoSelect(query, creationColumn),
        where: { ...ownCondition, ...where },
        orderBy,
        take,
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
      const cancelled = await lanes.run('interactive', { activity: 'cancel requests' }, async (transaction) => {
        const [row] = await transaction.operation.updateManyAndReturn({
          where: { id: operation.id, status: { in: ['QUEUED', 'RUNNING'] } },
          data: { status: 'CANCELLED', finishedAt: clock.now(), revision: { increment: 1 } },
        })
        if (row === undefined) throw new StateConflictError('This operation has already ended.')
        await record(transaction, actor, 'operation.cancelled', row, { processed: row.processed })
        return row
      })
      publishOperation(pubsub, cancelled)
      return cancelled
    },
  }
}
