import { describe, expect, onTestFinished } from 'vitest'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { operationSource } from '../../../src/services/live/operationSource.ts'
import { createOwnOperations } from '../../../src/services/live/ownOperations.ts'
import { createTopics } from '../../../src/services/live/topics.ts'
import { it } from '../../harness/databaseIt.ts'
import { log } from './library.ts'

/** Follows the operations of users without any message: each was lost. */
const openSilent = (database: Database) => {
  const options = { pubsub: createMemoryPubSub({ log }), log, reconcileIntervalMs: 20 }
  const operations = createTopics(operationSource(database), options)
  const ownOperations = createOwnOperations({ ...options, database, operations })
  onTestFinished(() => {
    ownOperations.close()
    operations.close()
  })
  return ownOperations
}

const createUser = async (database: Database, externalId: string): Promise<string> =>
  (await database.user.create({ data: { externalId, name: externalId } })).id

const createOperation = async (database: Database, requestedById: string): Promise<string> => {
  const data = {
    kind: 'media.tag',
    errorPolicy: 'REJECT_FAILED_ROWS',
    input: {},
    total: 1,
    requestedRole: 'EDITOR',
  } as const
  return (await database.operation.create({ data: { ...data, requestedById } })).id
}

describe('a subscriber to its own operations whose messages are lost', () => {
  it('gets a new operation', async ({ database }) => {
    const userId = await createUser(database, 'new')
    const events = await openSilent(database).subscribe(userId)
    const id = await createOperation(database, userId)
    expect((await events.next()).value).toMatchObject({ id })
  })

  it('gets the end of an operation', async ({ database }) => {
    const userId = await createUser(database, 'end')
    const id = await createOperation(database, userId)
    const events = await openSilent(database).subscribe(userId)
    await events.next()
    await database.operation.update({ where: { id }, data: { status: 'COMPLETED', revision: 2, processed: 1 } })
    expect(await (await events.next()).value?.read({})).toMatchObject({ id, status: 'COMPLETED', processed: 1 })
  })

  it('gets an operation that ended before it was found', async ({ database }) => {
    const userId = await createUser(database, 'short')
    const events = await openSilent(database).subscribe(userId)
    const id = await database.$transaction(async (transaction) => {
      const created = await createOperation(transaction as Database, userId) // as: it only creates a row
      await transaction.operation.update({ where: { id: created }, data: { status: 'FAILED', revision: 2 } })
      return created
    })
    expect(await (await events.next()).value?.read({})).toMatchObject({ id, status: 'FAILED' })
  })
})
