import type { StorageConfig } from '../../services/config/storage.ts'
import type { Logger, Storage } from '../../services/kernel/ports.ts'
import { createDiskStorage } from './disk.ts'

export const openStorage = async (config: StorageConfig, log: Logger): Promise<Storage> => {
  if (config.type === 'disk') return createDiskStorage({ root: config.path })
  // Loaded only when it is used: the client takes 35 MB.
  const { openS3Storage } = await import('./s3.ts')
  return openS3Storage(config, log)
}
