import { join } from 'node:path'
import { type ProcessContext, runProcess } from './adapters/process.ts'
import { isClusterProcess } from './adapters/processGroup/clusterProcess.ts'
import { openApiProcesses } from './adapters/processGroup/openApiProcesses.ts'
import { openRuntime, type Runtime } from './adapters/runtime.ts'
import { printSignInLink } from './adapters/signInLink.ts'
import { schema } from './resolvers/index.ts'
import { createContext } from './schema/context.ts'
import { ignoreAbandonedFields } from './server/abandonedFields.ts'
import { createAuthenticate } from './server/caller.ts'
import { createAddressOf } from './server/clientAddress.ts'
import { createConnectionLimits } from './server/connectionLimits.ts'
import { createAddressLimits } from './server/console/addressLimits.ts'
import { consoleFolder } from './server/console/app.ts'
import { createConsole } from './server/console/console.ts'
import { createAuthenticateSession } from './server/console/sessionCaller.ts'
import { createSites } from './server/console/sites.ts'
import { createFilesHandler } from './server/files.ts'
import { createDocuments, createGraphql } from './server/graphql.ts'
import { createGraphqlHttp } from './server/graphqlHttp.ts'
import { createHttpServer } from './server/http.ts'
import { createReadiness } from './server/readiness.ts'
import { createUploadsHandler } from './server/uploads.ts'
import { createGraphqlSockets } from './server/websocket.ts'
import { ConfigError } from './services/config/config.ts'

/** Serves the API until the runtime is closed. */
export const startServer = async (runtime: Runtime): Promise<void> => {
  const { config, log, ports, services, authenticator, databaseState, onClose } = runtime
  const sites = createSites(config)
  const addressOf = createAddressOf(config.trustedProxies)
  const addressLimits = createAddressLimits({ ...ports, addressOf, maxPerMinute: config.signInLimit })
  const authenticateSession = createAuthenticateSession({ ...services, addressLimits, sites })
  const authenticate = createAuthenticate(authenticator, services.users, authenticateSession)
  const documents = createDocuments()
  const graphql = createGraphql({
    ...config,
    schema,
    documents,
    answerCache: {
      maxBytes: config.answerCacheBytes,
      readState: databaseState.read,
      urlPeriod: services.signedUrls.period,
    },
    createContext: (call) => createContext(services, call),
    rateLimits: services.rateLimits,
    idempotency: services.idempotency,
    log,
  })
  const uploads = createUploadsHandler({
    ...config,
    incoming: ports.incoming,
    sessions: services.uploads,
    leases: services.uploadLeases,
    tokens: services.uploadTokens,
    authenticate: async (token) => (await authenticate(`Bearer ${token}`, '')).actor,
    log,
  })
  const files = createFilesHandler({
    ...config,
    signedUrls: services.signedUrls,
    findFile: services.findFile,
    reportFault: services.reportFault,
    storage: ports.storage,
    clock: ports.clock,
    log,
  })
  const transport = {
    ...config,
    graphql,
    documents,
    authenticate,
    connectionLimits: createConnectionLimits({
      ...config.connectionLimits,
      addressOf,
      log,
    }),
    log,
  }
  const consoleHandler = createConsole({
    ...services,
    sites,
    addressLimits,
    storage: ports.storage,
    publicUrl: config.publicUrl,
    corsOrigins: config.corsOrigins,
    hasLoginService: config.oidc !== null,
    offersLinks: config.auth.type === 'generated',
    log,
  })
  const http = createHttpServer({
    graphql: createGraphqlHttp(transport),
    sockets: createGraphqlSockets({ ...transport, rateLimits: services.rateLimits }),
    uploads,
    files,
    console: consoleHandler,
    consoleAssets: join(consoleFolder, 'assets'),
    isReady: createReadiness(async () => void (await ports.database.$queryRaw`SELECT 1`)),
    log,
  })
  const stopIgnoring = ignoreAbandonedFields(log)
  onClose('listener of abandoned fields', async () => stopIgnoring())
  await http.listen(config)
  onClose('HTTP server', () => http.close())
  log.info({ url: `${config.publicUrl}/graphql` }, 'Listening.')
}

/** Runs the API alone, in one process or in several. */
export const runApi = async (context: ProcessContext): Promise<{ close(): Promise<void> }> => {
  const { config } = context
  const processCount = config.apiProcesses
  if (processCount > 1 && !isClusterProcess) return openApiProcesses(context)
  const runtime = await openRuntime({ ...context, isWorker: false, joinsDatabase: isClusterProcess, processCount })
  await startServer(runtime)
  if (!isClusterProcess) await printSignInLink(config, runtime.ports.database)
  return runtime
}

if (import.meta.main)
  await runProcess(async (context) => {
    if (context.config.pubsub.type === 'memory')
      throw new ConfigError([
        'REDIS_URL: required while the API and the worker are separate processes; to run without Redis, start both in one process with `npm start`',
      ])
    return runApi(context)
  })
