import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLog } from '../../src/adapters/logger.ts'
import { createMemoryPubSub } from '../../src/adapters/pubsub/memory.ts'
import { sessionOn } from '../../src/adapters/sequencer.ts'
import { createDiskStorage } from '../../src/adapters/storage/disk.ts'
import { createHeads, type Heads } from '../../src/services/event/checkpoints.ts'
import { createSequencer, type Sequencer } from '../../src/services/event/sequencer.ts'
import { createVerification, type LogVerification } from '../../src/services/event/verification.ts'
import type { Database, PubSub, Session, Storage } from '../../src/services/kernel/ports.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'

/** A log without servers, whose sequencer moves only when it is told to. */
export interface ChainWorld {
  urls: TestDatabase
  database: Database
  pubsub: PubSub
  storage: Storage
  heads: Heads
  sequencer: Sequencer
  session: Session
  /** As the tables' owner. */
  owner: pg.Client
  connect(url: string): Promise<pg.Client>
  /** Numbers all that waits, and keeps the head. */
  settle(): Promise<void>
  verify(): Promise<LogVerification>
  close(): Promise<void>
}

export const openChain = async (onStatement?: (sql: string) => void): Promise<ChainWorld> => {
  const urls = await createTestDatabase()
  const root = await mkdtemp(join(tmpdir(), 'mediagraph-chain-'))
  const log = createLog('silent')
  const database = openDatabase({ url: urls.appUrl, log, onStatement })
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
  const heads = createHeads({ storage, database, log })
  const sequencer = createSequencer({ pubsub, heads, log })
  const session = sessionOn(await connect(urls.appUrl))
  return {
    urls,
    database,
    pubsub,
    storage,
    heads,
    sequencer,
    session,
    owner: await connect(urls.ownerUrl),
    connect,
    async settle() {
      while ((await sequencer.advance(session)) > 0);
      await sequencer.close()
    },
    verify: createVerification({ database, heads }),
    async close() {
      await sequencer.close().catch(() => undefined) // tests break what it would look at
      await Promise.all(clients.map((client) => client.end()))
      await database.$disconnect()
      await urls.drop()
      await rm(root, { recursive: true, force: true })
    },
  }
}
