import { describe, expect } from 'vitest'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { it } from './transactionsIt.ts'

const id = '019a5b3c-0000-7000-8000-000000000001'
const unknownId = '019a5b3c-0000-7000-8000-000000000002'

const addUser = (transaction: Transaction) =>
  transaction.$executeRaw`
    INSERT INTO "User" (id, "externalId", name, "createdAt") VALUES (${id}::uuid, 'ada', 'Ada', '2024-02-29T12:34:56Z')`

const undo = async (transaction: Transaction, result: unknown) => {
  await transaction.$executeRaw`DELETE FROM "User"`
  return result
}

const reads: [string, (transaction: Transaction) => Promise<unknown>][] = [
  ['findMany', (transaction) => transaction.user.findMany({ where: { name: 'Ada' } })],
  ['findFirst', (transaction) => transaction.user.findFirst()],
  ['findUnique', (transaction) => transaction.user.findUnique({ where: { id } })],
  ['findUnique without a row', (transaction) => transaction.user.findUnique({ where: { id: unknownId } })],
  ['a count', (transaction) => transaction.user.count()],
]

const failures: [string, (transaction: Transaction) => Promise<unknown>][] = [
  ['a missing row', (transaction) => transaction.user.findUniqueOrThrow({ where: { id: unknownId } })],
  [
    'a read after a failed statement',
    async (transaction) => {
      await transaction.$queryRaw`SELECT 1 / 0`.catch(() => undefined)
      await transaction.user.findMany()
    },
  ],
  [
    'a read that takes too long',
    async (transaction) => {
      await transaction.$executeRaw`SELECT set_config('lock_timeout', '1ms', true)`
      await transaction.user.findMany()
    },
  ],
  [
    'a read on a lost connection',
    async (transaction) => {
      await transaction.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`.catch(() => undefined)
      await transaction.user.findMany()
    },
  ],
]

describe('a read of a transaction', () => {
  it.for(reads)('sees the changes of the transaction by %s', async ([_name, read], { runBoth }) => {
    const { ours, prismas } = await runBoth(async (transaction) => {
      await addUser(transaction)
      return undo(transaction, await read(transaction))
    })
    expect(ours).toEqual(prismas)
    expect(ours).toHaveProperty('result')
  })

  it.for(failures)('fails at %s as with Prisma', async ([name, read], { runBoth, testDatabase }) => {
    const { default: pg } = await import('pg')
    const owner = new pg.Client({ connectionString: testDatabase.ownerUrl })
    await owner.connect()
    await owner.query('BEGIN')
    // Readers wait for this lock.
    if (name === 'a read that takes too long') await owner.query('LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE')
    const { ours, prismas } = await runBoth(read)
    await owner.end()
    expect(ours).toEqual(prismas)
    expect(ours).toHaveProperty('code')
  })

  it('is refused after the end of the transaction', async ({ direct }) => {
    const ended = await direct.$transaction(async (transaction) => ({ transaction }))
    await expect(ended.transaction.user.findMany()).rejects.toMatchObject({ code: 'P2028' })
    await expect(ended.transaction.user.findUnique({ where: { id } })).rejects.toMatchObject({ code: 'P2028' })
  })
})
