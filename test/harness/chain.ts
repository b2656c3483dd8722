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

/** A log without servers, whose sequencer moves only when it is told to. */
export interface ChainWorld {
  testDatabase: TestDatabase
  database: Database
  pubsub: PubSub
  storage: Storage
  checkpoints: Checkpoints
  sequencer: Sequencer
  connection: SequencerConnection
  /** As the tables' owner. */
  ownerClient: pg.Client
  connect(url: string): Promise<pg.Client>
  /** Numbers all that waits, and keeps the head. */
  sequencePending(): Promise<void>
  verify(): Promise<LogVerification>
  close(): Promise<void>
}

export const openChainWorld = async (onStatement?: (sql: string) => void): Promise<ChainWorld> => {
  const testDatabase = await createTestDatabase()
  const root = await mkdtemp(join(tmpdir(), 'mediagraph-chain-'))
  const log = createLogger('silent')
  const database = openDatabase({ url: testDatabase.appUrl, log, onStatement })
  const clients: pg.Client[] = []
  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined) // ended from outside, on purpose
    await client.connect()
    clients.push(client)
    return client
  }
  const storage = createDiskStorage({ root })
  const pubsub = createMemoryPubSub({ log })
  const checkpoints = createCheckpoints({ storage, database, log })
  const sequencer = createSequencer({ pubsub, checkpoints, log })
  const connection = createSequencerConnection(await connect(testDatabase.appUrl))
  return {
    testDatabase,
    database,
    pubsub,
    storage,
    checkpoints,
    sequencer,
    connection,
    ownerClient: await connect(testDatabase.ownerUrl),
    connect,
    async sequencePending() {
      while ((await sequencer.advance(connection)) > 0);
      await sequencer.close()
    },
    verify: createVerification({ database, checkpoints }),
    async close() {
      await sequencer.close().catch(() => undefined) // tests break what it would look at
      await Promise.all(clients.map((client) => client.end()))
      await database.$disconnect()
      await testDatabase.drop()
      await rm(root, { recursive: true, force: true })
    },
  }
}
