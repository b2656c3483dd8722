import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { record } from '../../../src/services/event/actions.ts'
import { type ClaimResult, createIdempotency, type Idempotency } from '../../../src/services/idempotency/idempotency.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { createTestDatabase } from '../../harness/postgres.ts'
import { post, readResult, startServerWorld } from '../serverWorld.ts'
import { holdTouch } from '../smallSchema.ts'

export const touch = 'mutation { touch }'

/** Looks again and again until it holds. */
export const waitFor = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

/** Two servers on one database, which cannot wake each other. */
export const openKeyedServers = async () => {
  const { log, messages: logMessages } = createLogSpy()
  const testDatabase = await createTestDatabase()
  const statements: string[] = []
  const database = openDatabase({ url: testDatabase.appUrl, log, onStatement: (sql) => void statements.push(sql) })
  const claims: ClaimResult[] = []

  const openIdempotency = (options: { aliveMs?: number } = {}): Idempotency =>
    createIdempotency({ database, pubsub: createMemoryPubSub({ log }), log, pollIntervalMs: 50, ...options })
  const recordClaims = (idempotency: Idempotency): Idempotency => ({
    ...idempotency,
    async claim(actor, call) {
      const outcome = await idempotency.claim(actor, call)
      claims.push(outcome)
      return outcome
    },
  })
  const world = await startServerWorld({
    idempotency: recordClaims(openIdempotency()),
    corsOrigins: ['https://school.example'],
  })
  const other = await startServerWorld({ idempotency: recordClaims(openIdempotency()) })

  /** A caller with a key of its own: sends as often as it likes. */
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
      /** As if so much time had gone by. */
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
    /** What became of every keyed call so far. */
    claims,
    heard: logMessages,
    createCalls: openIdempotency,
    caller,

    /** A call that has begun, and ends when it may. */
    async beginSlowCall(ada: Awaited<ReturnType<typeof caller>>) {
      const { started, mayEnd } = holdTouch(world.switches)
      const first = ada.send()
      await started
      return { first, mayEnd }
    },

    /** What a change leaves in the log. */
    change: (actor: UserActor, transaction: Transaction = database): Promise<void> =>
      record(transaction, actor, {
        action: 'upload.cancelled',
        nodeType: 'Upload',
        nodeId: randomUUID(),
        mediaId: null,
        data: {},
      }),

    /** How many statements it costs. */
    async countStatements(run: () => Promise<unknown>): Promise<number> {
      statements.length = 0
      await run()
      return statements.length
    },

    /** Between two tests. */
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
