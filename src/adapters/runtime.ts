import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../services/config/config.ts'
import type { Authenticator, IncomingBytes, Logger } from '../services/kernel/ports.ts'
import { createServices, type Ports, type Services } from '../services/services.ts'
import { createAuthenticator } from './auth.ts'
import { openDatabase } from './database.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres/start.ts'
import { createIncomingFiles } from './incoming/files.ts'
import { migrate } from './migrate.ts'
import { openPubSub } from './pubsub/openPubSub.ts'
import { openQueue } from './queue.ts'
import { openRateLimiter } from './rateLimiter/openRateLimiter.ts'
import { loadAuthSecret, loadSigningKey } from './secrets.ts'
import { openSequencer } from './sequencer.ts'
import { createSigner } from './signer.ts'
import { sniff } from './sniff.ts'
import { openStorage } from './storage/openStorage.ts'

export interface Runtime {
  config: Config
  log: Logger
  ports: Ports & { incoming: IncomingBytes }
  services: Services
  authenticator: Authenticator
  /** Registers what must be closed before all that was opened so far. */
  onClose(close: () => Promise<void>): void
  /** Closes everything in reverse order, whatever happens; may be called twice. */
  close(): Promise<void>
}

interface RuntimeOptions {
  config: Config
  log: Logger
  /** Whether this process takes jobs. */
  isWorker: boolean
  /** A worker beside an API joins the API's embedded database instead of starting one. */
  joinsDatabase?: boolean
  onStatement?: (sql: string) => void
}

/** Opens everything that is outside the rules, in order, and closes it in reverse. */
export const openRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const { config, log } = options
  const closers: (() => Promise<void>)[] = []
  let closePromise: Promise<void> | null = null

  const closeAll = async (): Promise<void> => {
    for (const close of closers.toReversed())
      await close().catch((error: unknown) => log.error({ err: error }, 'Something could not be closed.'))
  }
  const close = (): Promise<void> => {
    closePromise ??= closeAll()
    return closePromise
  }
  const onClose = (closer: () => Promise<void>): void => void closers.push(closer)

  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
    // First: it refuses what is configured wrongly, before anything is started or migrated.
    const storage = await openStorage(config.storage, log)
    onClose(() => storage.close())
    const { ownerUrl, appUrl } = await openPostgres(options, onClose)
    if (!options.joinsDatabase) await migrate({ ownerUrl, appUrl, log })
    const database = openDatabase({ url: appUrl, log, onStatement: options.onStatement })
    onClose(() => database.$disconnect())
    const queue = await openQueue({
      databaseUrl: appUrl,
      log,
      isWorker: options.isWorker,
      concurrency: config.workerConcurrency,
    })
    onClose(() => queue.close())
    const pubsub = openPubSub(config.pubsub, log)
    onClose(() => pubsub.close())
    const rateLimiter = openRateLimiter(config.pubsub, log)
    onClose(() => rateLimiter.close())
    const signer = createSigner({ keys: [await loadSigningKey(config.dataDir)] })
    const ports = {
      database,
      queue,
      pubsub,
      storage,
      incoming: createIncomingFiles({ directory: join(config.dataDir, 'incoming') }),
      sniff,
      signer,
      clock: { now: () => new Date() },
      rateLimiter,
      log,
    }
    const services = createServices(ports, config)
    const sequencerRunner = openSequencer({ databaseUrl: appUrl, sequencer: services.sequencer, log })
    onClose(() => sequencerRunner.close())
    onClose(async () => {
      services.subscriptions.close()
      services.eventLog.close()
    })
    const authenticator = createAuthenticator(await resolveAuth(config))
    return { config, log, ports, services, authenticator, onClose, close }
  } catch (error) {
    await close()
    throw error
  }
}

const resolveAuth = async ({ auth, dataDir }: Config) =>
  auth.type === 'generated' ? ({ type: 'hs256', secret: await loadAuthSecret(dataDir) } as const) : auth

const openPostgres = async ({ config, joinsDatabase }: RuntimeOptions, onClose: Runtime['onClose']) => {
  if (config.database.type === 'url') return config.database
  if (joinsDatabase) return attachEmbeddedPostgres({ dataDir: config.dataDir })
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir })
  onClose(() => postgres.close())
  return postgres
}
