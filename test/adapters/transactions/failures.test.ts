import { describe, expect } from 'vitest'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { it, outcomeOf } from './transactionsIt.ts'

const failures: [string, (transaction: Transaction) => Promise<unknown>][] = [
  ['a syntax error', (transaction) => transaction.$queryRaw`SELEC 1`],
  ['a division by zero', (transaction) => transaction.$executeRaw`SELECT 1 / ${0}::int`],
  ['a missing table', (transaction) => transaction.$queryRaw`SELECT * FROM "Missing"`],
  ['a malformed id', (transaction) => transaction.$queryRaw`SELECT ${'x'}::uuid`],
  [
    'a violated unique constraint',
    (transaction) => transaction.$executeRaw`
      INSERT INTO "User" (id, "externalId", name) SELECT gen_random_uuid(), 'twice', 'x' FROM generate_series(1, 2)`,
  ],
  [
    'a lock that another transaction holds',
    async (transaction) => {
      await transaction.$executeRaw`SELECT set_config('lock_timeout', '1ms', true)`
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(424242)`
    },
  ],
  [
    'a statement that takes too long',
    async (transaction) => {
      await transaction.$executeRaw`SELECT set_config('statement_timeout', '1ms', true)`
      await transaction.$queryRaw`SELECT pg_sleep(1)::text`
    },
  ],
  [
    'a statement after a failed one',
    async (transaction) => {
      await transaction.$queryRaw`SELECT 1 / 0`.catch(() => undefined)
      await transaction.$queryRaw`SELECT 1`
    },
  ],
  ['an invalid time', (transaction) => transaction.$queryRaw`SELECT ${new Date(Number.NaN)}::text`],
  ['undefined', (transaction) => transaction.$queryRaw`SELECT ${undefined}::text`],
  ['a lost connection', (transaction) => transaction.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`],
]

describe('a transaction', () => {
  it.for(failures)('fails at %s as with Prisma', async ([_name, work], { runBoth, plain }) => {
    const isHeld = Promise.withResolvers<void>()
    const isDone = Promise.withResolvers<void>()
    const holder = plain.$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(424242)`
      isHeld.resolve()
      await isDone.promise
    })
    await isHeld.promise
    const { ours, prismas } = await runBoth(work)
    isDone.resolve()
    await holder
    expect(ours).toEqual(prismas)
  })

  it('rolls back what a failed one did', async ({ direct }) => {
    const work = async (transaction: Transaction) => {
      await transaction.$executeRaw`INSERT INTO "User" (id, "externalId", name) VALUES (gen_random_uuid(), 'gone', 'x')`
      throw new Error('refused')
    }
    await expect(direct.$transaction(work)).rejects.toThrow('refused')
    expect(await direct.user.count({ where: { externalId: 'gone' } })).toBe(0)
  })

  it('sends nothing after its end', async ({ direct, plain }) => {
    const useLate = async (client: typeof direct) => {
      const ended = await client.$transaction(async (transaction) => ({ transaction }))
      return outcomeOf(ended.transaction.$queryRaw`SELECT 1`)
    }
    const outcome = await useLate(direct)
    expect(outcome).toEqual(await useLate(plain))
    expect(outcome).toMatchObject({ code: 'P2028' })
  })

  it('sends nothing while it ends', async ({ direct }) => {
    const readId = (transaction: Transaction) =>
      transaction.$queryRaw<[{ id: string | null }]>`SELECT pg_current_xact_id_if_assigned()::text AS "id"`
    const lateIds: Promise<string | null>[] = []
    let timer: NodeJS.Immediate | undefined
    const id = await direct.$transaction(async (transaction) => {
      const [row] = await transaction.$queryRaw<[{ id: string }]>`SELECT pg_current_xact_id()::text AS "id"`
      const send = () => {
        lateIds.push(readId(transaction).then(([{ id }]) => id))
        timer = setImmediate(send)
      }
      send()
      return row.id
    })
    clearImmediate(timer)
    const outcomes = await Promise.allSettled(lateIds)
    const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(new Set(ids)).toEqual(new Set([id]))
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
  })

  it('sends nothing after its timeout', async ({ direct, plain }) => {
    const outlast = (client: typeof direct) =>
      outcomeOf(
        client.$transaction(
          async (transaction) => {
            await transaction.$queryRaw`SELECT 1`
            await new Promise((resolve) => setTimeout(resolve, 60))
            await transaction.$executeRaw`INSERT INTO "User" (id, "externalId", name) VALUES (gen_random_uuid(), 'late', 'x')`
          },
          { timeout: 20 },
        ),
      )
    const [ours, prismas] = [await outlast(direct), await outlast(plain)]
    expect(ours).toMatchObject({ code: 'P2028' })
    expect(prismas).toMatchObject({ code: 'P2028' })
    expect(await direct.user.count({ where: { externalId: 'late' } })).toBe(0)
  })

  it('is not mixed up with others that run at the same time', async ({ direct }) => {
    const readTransactionId = (transaction: Transaction) =>
      transaction.$queryRaw<[{ id: string }]>`SELECT pg_current_xact_id()::text AS "id", pg_sleep(0.01)::text`
    const work = () =>
      direct.$transaction(async (transaction) => {
        const [[first], [second]] = [await readTransactionId(transaction), await readTransactionId(transaction)]
        const [third] = await transaction.$queryRawUnsafe<[{ id: string }]>('SELECT pg_current_xact_id()::text AS "id"')
        return [first.id, second.id, third.id]
      })
    const ids = await Promise.all(Array.from({ length: 20 }, work))
    expect(ids.every((list) => new Set(list).size === 1)).toBe(true)
    expect(new Set(ids.map(([id]) => id)).size).toBe(20)
  })
})
