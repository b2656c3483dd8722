import { it as base } from 'vitest'
import { openStorage } from '../../../../src/adapters/storage/openStorage.ts'
import { readConfig } from '../../../../src/services/config/config.ts'
import type { Storage } from '../../../../src/services/kernel/ports.ts'
import { createLogSpy } from '../../../harness/logSpy.ts'
import { setS3Credentials, startS3 } from '../../../harness/s3.ts'

/** `it` with an S3 server per file, and `openUrl` for storages on it, which are closed at the end of the test. */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await startS3()
    onCleanup(() => server.close())
    return server
  })
  /** The server of the file. After the test, it runs again, refuses no requests, and credentials are correct. */
  .extend('s3', ({ server }, { onCleanup }) => {
    onCleanup(async () => {
      setS3Credentials()
      server.refuse(() => false)
      await server.start()
    })
    return server
  })
  .extend('logSpy', () => createLogSpy())
  .extend('openUrl', ({ logSpy }, { onCleanup }) => {
    const storages: Storage[] = []
    onCleanup(async () => {
      await Promise.all(storages.map((storage) => storage.close()))
    })
    return async (url: string): Promise<Storage> => {
      const storage = await openStorage(readConfig({ STORAGE_URL: url }).storage, logSpy.log)
      storages.push(storage)
      return storage
    }
  })
