import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../services/config/config.ts'
import type { Authenticator, IncomingBytes, Logger } from '../services/kernel/ports.ts'
import { createLanes } from '../services/locking/lanes.ts'
import { createServices, type Ports, type Services } from '../services/services.ts'
import { createAuthenticator } from './auth.ts'
import { openDatabase, poolSizeOf } from './database.ts'
import { type DatabaseState, openDatabaseState } from './databaseState.ts'
import { createIncomingFiles } from './incoming/files.ts'
import { createLoginService } from './oidc.ts'
import { createOutageLogger } from './outageLogger.ts'
import { openPubSub } from './pubsub/openPubSub.ts'
import { openQueue } from './queue.ts'
import { openRateLimiter } from './rateLimiter/openRateLimiter.ts'
import { loadAuthSecret, loadSigningKey } from './secrets.ts'
import { openSequencer } from './sequencer.ts'
import { openSharedDatabase } from './sharedDatabase.ts'
import { createSigner } from './signer.ts'
import { sniff } from './sniff.ts'
import { openStorage } from './storage/openStorage.ts'

export interface Runtime {
  config: Config
  log: Logger
  ports: Ports & { incoming: IncomingBytes }
  services: Services
  authenticator: Authenticator
  databaseState: DatabaseState
  /** Registers a resource to close before all that were opened earlier; `name` is for the log. */
  onClose(name: string, close: () => Promise<void>): void
  /** Closes all resources in reverse order, even if one fails. May be called twice. */
  close(): Promise<void>
}

interface RuntimeOptions {
  config: Config
  log: Logger
  /** Whether this process runs jobs. */
  isWorker: boolean
  /** A worker beside an API, and an API process of several, joins a database that another process starts and migrates. */
  joinsDatabase?: boolean
  /** Number of API processes that share one pool of connections; 1 by default. */
  processCount?: number
  onStatement?: (sql: string) => void
}

/** Opens all adapters in order, creates the services, and closes the adapters in reverse order. */
export const openRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const { config } = options
  const log = createOutageLogger(options.log)
  const resources: { name: string; close: () => Promise<void> }[] = []
  let closePromise: Promise<void> | null = null

  const closeAll = async (): Promise<void> => {
    for (const { name, close } of resources.toReversed())
      await close().catch((error: unknown) => log.error({ err: error }, `Failed to close ${name}.`))
  }
  const close = (): Promise<void> => {
    closePromise ??= closeAll()
    return closePromise
  }
  const onClose: Runtime['onClose'] = (name, close) => void resources.push({ name, close })

  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
    // First, since it refuses a wrong configuration before anything is started or migrated.
    const storage = await openStorage(config.storage, log)
    onClose('storage', () => storage.close())
    const { appUrl } = await openSharedDatabase({ ...options, log }, onClose)
    const poolSize = poolSizeOf(options.processCount)
    const logStatement = (sql: string): void => log.info({ sql }, 'Ran SQL statement.')
    const onStatement = options.onStatement ?? (config.logSql ? logStatement : undefined)
    const database = openDatabase({ url: appUrl, poolSize, log, onStatement })
    onClose('database', () => database.$disconnect())
    const databaseState = openDatabaseState({ url: appUrl })
    onClose('database state', () => databaseState.close())
    const queue = await openQueue({
      databaseUrl: appUrl,
      log,
      isWorker: options.isWorker,
      concurrency: config.workerConcurrency,
    })
    onClose('queue', () => queue.close())
    const pubsub = openPubSub(config.pubsub, log)
    onClose('pub/sub', () => pubsub.close())
    const rateLimiter = openRateLimiter(config.pubsub, log)
    onClose('rate limiter', () => rateLimiter.close())
    const signer = createSigner({ keys: [await loadSigningKey(config.dataDir)] })
    const ports = {
      database,
      lanes: createLanes({ database, poolSize }),
      queue,
      pubsub,
      storage,
      incoming: createIncomingFiles({ directory: join(config.dataDir, 'incoming') }),
      sniff,
      signer,
      loginService: config.oidc && createLoginService({ ...config.oidc, publicUrl: config.publicUrl, log }),
      clock: { now: () => new Date() },
      rateLimiter,
      log,
    }
    const services = createServices(ports, config)
    const sequencerRunner = openSequencer({ databaseUrl: appUrl, sequencer: services.sequencer, log })
    onClose('sequencer', () => sequencerRunner.close())
    onClose('live subscriptions', async () => {
      services.subscriptions.close()
      services.libraryChanges.close()
      services.eventLog.close()
    })
    const authenticator = createAuthenticator(await resolveAuth(config), { pubsub })
    return { config, log, ports, services, authenticator, databaseState, onClose, close }
  } catch (error) {
    await close()
    throw error
  }
}

const resolveAuth = async ({ auth, dataDir }: Config) =>
  auth.type === 'generated' ? ({ type: 'hs256', secret: await loadAuthSecret(dataDir) } as const) : auth
