import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { record } from '../../../src/services/event/actions.ts'
import { type Claimed, createIdempotency, type Idempotency } from '../../../src/services/idempotency/idempotency.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { hearingLog } from '../../harness/logSpy.ts'
import { createTestDatabase } from '../../harness/postgres.ts'
import { answer, post, startWorld } from '../graphqlWorld.ts'
import { holdTouch } from '../smallSchema.ts'

export const touch = 'mutation { touch }'

/** Looks again and again until it holds. */
export const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

/** Two servers on one database, which cannot wake each other. */
export const openKeyedServers = async () => {
  const { log, heard } = hearingLog()
  const place = await createTestDatabase()
  const statements: string[] = []
  const database = openDatabase({ url: place.appUrl, log, onStatement: (sql) => void statements.push(sql) })
  const claims: Claimed[] = []

  const createCalls = (options: { aliveMs?: number } = {}): Idempotency =>
    createIdempotency({ database, pubsub: createMemoryPubSub({ log }), log, lookMs: 50, ...options })
  const watched = (idempotency: Idempotency): Idempotency => ({
    ...idempotency,
    async claim(actor, call) {
      const claimed = await idempotency.claim(actor, call)
      claims.push(claimed)
      return claimed
    },
  })
  const world = await startWorld({ idempotency: watched(createCalls()), corsOrigins: ['https://school.example'] })
  const other = await startWorld({ idempotency: watched(createCalls()) })

  /** A caller with a key of its own: sends as often as it likes. */
  const caller = async (given: { sub?: string; key?: string } = {}) => {
    const { sub = randomUUID(), key = randomUUID() } = given
    const token = await world.token({ sub })
    const postIt = (body: object = { query: touch }, headers: Record<string, string | null> = {}, where = world) =>
      post(where.url, token, body, { 'Idempotency-Key': key, ...headers })
    return {
      userId: sub,
      key,
      token,
      post: postIt,
      send: (body: object = { query: touch }, where = world) => answer(postIt(body, {}, where)),
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
    heard,
    createCalls,
    caller,

    /** A call that has begun, and ends when it may. */
    async slowly(ada: Awaited<ReturnType<typeof caller>>) {
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
    async counted(run: () => Promise<unknown>): Promise<number> {
      statements.length = 0
      await run()
      return statements.length
    },

    /** Between two tests. */
    reset() {
      for (const { switches } of [world, other]) switches.onTouch = async () => {}
      heard.length = 0
    },

    async close() {
      await Promise.all([world.close(), other.close()])
      await database.$disconnect()
      await place.drop()
    },
  }
}

export type KeyedServers = Awaited<ReturnType<typeof openKeyedServers>>
export type Caller = Awaited<ReturnType<KeyedServers['caller']>>
