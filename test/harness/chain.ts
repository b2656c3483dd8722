import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { createMemoryPubSub } from '../../src/adapters/pubsub/memory.ts'
import { createSequencerConnection } from '../../src/adapters/sequencer.ts'
import { createDiskStorage } from '../../src/adapters/storage/disk.ts'
import { type Checkpoints, createCheckpoints } from '../../src/services/event/checkpoints.ts'
import { createSequencer, type Sequencer } from '../../src/services/event/sequencer.ts'
import { createVerification, type LogVerification } from '../../src/services/event/verification.ts'
import type { Database, PubSub, SequencerConnection, Storage } from '../../src/services/kernel/ports.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'

/** Inserts events, each with its number in `data`, directly into the table. */
export const insertEventsSql = (count: number): string => `
  INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
  SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), jsonb_build_object('n', n)
  FROM generate_series(1, ${count}) AS n`

/** A database with an event log but no servers. The sequencer runs only when a test calls it. */
export interface ChainWorld {
  testDatabase: TestDatabase
  database: Database
  pubsub: PubSub
  storage: Storage
  checkpoints: Checkpoints
  sequencer: Sequencer
  connection: SequencerConnection
  /** SQL statements of the services so far. Empty the array before the statements that a test counts. */
  statements: string[]
  /** Connected as the owner of the tables. */
  ownerClient: pg.Client
  connect(url: string): Promise<pg.Client>
  /** Numbers all pending events and saves the checkpoint. */
  sequencePending(): Promise<void>
  /** Adds events to the log, without the services, and numbers them. */
  appendEvents(count: number): Promise<void>
  verify(): Promise<LogVerification>
  close(): Promise<void>
}

export const openChainWorld = async (): Promise<ChainWorld> => {
  const testDatabase = await createTestDatabase()
  const root = await mkdtemp(join(tmpdir(), 'mediagraph-chain-'))
  const log = createLogger('silent')
  const statements: string[] = []
  const database = openDatabase({ url: testDatabase.appUrl, log, onStatement: (sql) => void statements.push(sql) })
  const clients: pg.Client[] = []
  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined) // tests terminate sessions on purpose
    await client.connect()
    clients.push(client)
    return client
  }
  const storage = createDiskStorage({ root })
  const pubsub = createMemoryPubSub({ log })
  const checkpoints = createCheckpoints({ storage, database, log })
  const sequencer = createSequencer({ pubsub, checkpoints, log })
  const connection = createSequencerConnection(await connect(testDatabase.appUrl))
  const ownerClient = await connect(testDatabase.ownerUrl)
  const sequencePending = async (): Promise<void> => {
    // A batch of a sequencer that was just closed may still run, and `advance` returns 0 meanwhile: wait for its lock.
    await connection.transact('SELECT pg_advisory_lock(7303, 1)')
    try {
      while ((await sequencer.advance(connection)) > 0);
    } finally {
      await connection.transact('SELECT pg_advisory_unlock(7303, 1)')
    }
    await sequencer.close()
  }
  return {
    testDatabase,
    database,
    pubsub,
    storage,
    checkpoints,
    sequencer,
    connection,
    statements,
    ownerClient,
    connect,
    sequencePending,
    async appendEvents(count) {
      await ownerClient.query(insertEventsSql(count))
      await sequencePending()
    },
    verify: createVerification({ database, checkpoints }),
    async close() {
      await sequencer.close().catch(() => undefined) // tests damage the rows that it reads
      await Promise.all(clients.map((client) => client.end()))
      await database.$disconnect()
      await testDatabase.drop()
      await rm(root, { recursive: true, force: true })
    },
  }
}
