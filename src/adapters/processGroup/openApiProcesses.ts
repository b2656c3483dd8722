import { mkdir } from 'node:fs/promises'
import type { Config } from '../../services/config/config.ts'
import type { Logger } from '../../services/kernel/ports.ts'
import { openSharedDatabase } from '../sharedDatabase.ts'
import { printSignInLink, useServerDatabase } from '../signInLink.ts'
import { openStorage } from '../storage/openStorage.ts'
import { startClusterProcess } from './clusterProcess.ts'
import { superviseProcesses } from './supervisor.ts'

interface ApiProcessesOptions {
  config: Config
  log: Logger
  /** Closes what was opened, and ends this process with an error. */
  abort: () => void
}

/**
 * Runs `apiProcesses` copies of this program behind one port, and serves nothing itself. What is done once is done here:
 * the storage is checked, the embedded database started, and the database migrated. Resolves once all of them serve.
 */
export const openApiProcesses = async ({
  config,
  log,
  abort,
}: ApiProcessesOptions): Promise<{ close(): Promise<void> }> => {
  let closeDatabase = async (): Promise<void> => undefined
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  await (await openStorage(config.storage, log)).close()
  try {
    await openSharedDatabase({ config, log }, (_name, close) => {
      closeDatabase = close
    })
    const count = config.apiProcesses
    const group = superviseProcesses({ count, start: startClusterProcess, log, onGiveUp: abort })
    const close = () => group.close().finally(closeDatabase)
    await group.ready.catch(async (error: unknown) => {
      await group.close()
      throw error
    })
    log.info({ processes: count, url: `${config.publicUrl}/graphql` }, 'Started all API processes.')
    if (config.auth.type === 'generated')
      await useServerDatabase({ config, log }, (database) => printSignInLink(config, database))
    return { close }
  } catch (error) {
    await closeDatabase()
    throw error
  }
}
