import type { Config } from '../services/config/config.ts'
import type { Logger } from '../services/kernel/ports.ts'
import type { DatabaseUrls } from './embedded-postgres/connection.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres/start.ts'
import { migrate } from './migrate.ts'

interface SharedDatabaseOptions {
  config: Pick<Config, 'database' | 'dataDir'>
  log: Logger
  /** True if another process has started and migrated the database. */
  joinsDatabase?: boolean
}

type OnClose = (name: string, close: () => Promise<void>) => void

/** Starts or joins the database server that all processes share, and migrates it unless another process does. */
export const openSharedDatabase = async (
  { config, log, joinsDatabase = false }: SharedDatabaseOptions,
  onClose: OnClose,
): Promise<DatabaseUrls> => {
  const urls = await openPostgres(config, joinsDatabase, onClose)
  if (!joinsDatabase) await migrate({ ...urls, log })
  return urls
}

const openPostgres = async (
  { database, dataDir }: SharedDatabaseOptions['config'],
  joinsDatabase: boolean,
  onClose: OnClose,
): Promise<DatabaseUrls> => {
  if (database.type === 'url') return { ownerUrl: database.ownerUrl, appUrl: database.appUrl }
  if (joinsDatabase) return attachEmbeddedPostgres({ dataDir })
  const { ownerUrl, appUrl, close } = await startEmbeddedPostgres({ dataDir })
  onClose('embedded PostgreSQL', close)
  return { ownerUrl, appUrl }
}
