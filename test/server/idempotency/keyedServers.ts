import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { record } from '../../../src/services/event/record.ts'
import { type ClaimResult, createIdempotency, type Idempotency } from '../../../src/services/idempotency/idempotency.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { createTestDatabase } from '../../harness/postgres.ts'
import { post, readResult, startServerWorld } from '../serverWorld.ts'
import { holdTouch } from '../smallSchema.ts'

export const touch = 'mutation { touch }'

/** Repeats the check until it passes. */
export const waitFor = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

/** Opens two servers on one database that cannot wake each other. */
export const openKeyedServers = async () => {
  const { log, messages: logMessages } = createLogSpy()
  const testDatabase = await createTestDatabase()
  const statements: string[] = []
  const database = openDatabase({ url: testDatabase.appUrl, log, onStatement: (sql) => void statements.push(sql) })
  const claims: ClaimResult[] = []

  const openIdempotency = (options: { heartbeatIntervalMs?: number } = {}): Idempotency =>
    createIdempotency({ database, pubsub: createMemoryPubSub({ log }), log, pollIntervalMs: 50, ...options })
  const recordClaims = (idempotency: Idempotency): Idempotency => ({
    ...idempotency,
    async claim(actor, call) {
      const result = await idempotency.claim(actor, call)
      claims.push(result)
      return result
    },
  })
  const world = await startServerWorld({
    idempotency: recordClaims(openIdempotency()),
    corsOrigins: ['https://school.example'],
  })
  const other = await startServerWorld({ idempotency: recordClaims(openIdempotency()) })

  /** Returns a caller that sends every call under its own key. */
  const caller = async (options: { sub?: string; key?: string } = {}) => {
    const { sub = randomUUID(), key = randomUUID() } = options
    const token = await world.token({ sub })
    const postCall = (body: object = { query: touch }, headers: Record<string, string | null> = {}, where = world) =>
      post(where.url, token, body, { 'Idempotency-Key': key, ...headers })
    return {
      userId: sub,
      key,
      token,
      post: postCall,
      send: (body: object = { query: touch }, where = world) => readResult(postCall(body, {}, where)),
      row: () => database.idempotentCall.findUnique({ where: { userId_key: { userId: sub, key } } }),
      /** Simulates that the interval has passed since the claim and the last heartbeat. */
      age: (interval: string) =>
        database.$executeRawUnsafe(
          `UPDATE "IdempotentCall" SET "claimedAt" = "claimedAt" - interval '${interval}', "aliveAt" = "aliveAt" - interval '${interval}' WHERE "key" = '${key}'`,
        ),
    }
  }

  return {
    database,
    world,
    other,
    statements,
    /** Results of all claims so far. */
    claims,
    logMessages,
    openIdempotency,
    caller,

    /** Starts a call that ends once `mayEnd` is resolved. */
    async beginSlowCall(ada: Awaited<ReturnType<typeof caller>>) {
      const { started, mayEnd } = holdTouch(world.switches)
      const first = ada.send()
      await started
      return { first, mayEnd }
    },

    /** Records a change in the audit log. */
    change: (actor: UserActor, transaction: Transaction = database): Promise<void> =>
      record(transaction, actor, 'upload.cancelled', { id: randomUUID(), mediaId: randomUUID() }, {}),

    /** Counts the SQL statements of `run`. */
    async countStatements(run: () => Promise<unknown>): Promise<number> {
      statements.length = 0
      await run()
      return statements.length
    },

    /** Restores the switches and clears the log between two tests. */
    reset() {
      for (const { switches } of [world, other]) switches.onTouch = async () => {}
      logMessages.length = 0
    },

    async close() {
      await Promise.all([world.close(), other.close()])
      await database.$disconnect()
      await testDatabase.drop()
    },
  }
}

export type KeyedServers = Awaited<ReturnType<typeof openKeyedServers>>
export type Caller = Awaited<ReturnType<KeyedServers['caller']>>
