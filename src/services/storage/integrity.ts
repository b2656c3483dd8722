import { createHash } from 'node:crypto'
import { addAbortSignal } from 'node:stream'
import type { IntegrityFault } from '../../../prisma/generated/client/enums.ts'
import type { Clock, Database, Storage } from '../kernel/ports.ts'

/** Blob as far as a check compares it with the stored bytes. */
export interface CheckedBlob {
  key: string
  sha256: string
  sizeBytes: bigint | number
}

/** Row of a blob as it was read before its bytes. */
export interface BlobState extends CheckedBlob {
  fault: IntegrityFault | null
  /** Changes whenever the bytes are written. */
  storedAt: Date
}

/** Rejection of a reader of stored bytes that are missing or damaged. */
export class BlobFaultError extends Error {
  readonly fault: IntegrityFault
  constructor(sha256: string, fault: IntegrityFault) {
    super(`The stored bytes of blob ${sha256} are ${fault === 'MISSING' ? 'missing' : 'damaged'}.`)
    this.name = 'BlobFaultError'
    this.fault = fault
  }
}

export const compareSize = (
  { sizeBytes }: CheckedBlob,
  stored: { sizeBytes: number } | null,
): IntegrityFault | null => {
  if (stored === null) return 'MISSING'
  return stored.sizeBytes === Number(sizeBytes) ? null : 'DAMAGED'
}

export const findSizeFault = async (storage: Storage, blob: CheckedBlob): Promise<IntegrityFault | null> =>
  compareSize(blob, await storage.stat(blob.key))

/** Looks up a blob that is not marked as DAMAGED; one that is marked as MISSING may have returned since. */
export const findKnownFault = async (
  storage: Storage,
  blob: Omit<BlobState, 'storedAt'>,
): Promise<IntegrityFault | null> => (blob.fault === 'DAMAGED' ? 'DAMAGED' : findSizeFault(storage, blob))

interface ReadOptions {
  signal?: AbortSignal
  /** Called after each chunk; may delay the next. */
  onRead?(chunkBytes: number): Promise<void>
}

/** Reads all bytes of a blob and compares their digest. Bytes that the disk cannot read are damaged. */
export const findFault = async (
  storage: Storage,
  blob: CheckedBlob,
  { signal, onRead }: ReadOptions = {},
): Promise<IntegrityFault | null> => {
  const sizeFault = await findSizeFault(storage, blob)
  if (sizeFault !== null) return sizeFault
  const hash = createHash('sha256')
  try {
    const bytes = await storage.read(blob.key)
    if (signal !== undefined) addAbortSignal(signal, bytes)
    for await (const chunk of bytes) {
      hash.update(chunk)
      await onRead?.(chunk.length)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 'DAMAGED'
    throw error
  }
  return hash.digest('hex') === blob.sha256 ? null : 'DAMAGED'
}

/**
 * Sets or clears the fault of a blob, unless its bytes were written or its last reference was removed since the row was
 * read. Resolves to whether it did.
 */
export const setFault = async (
  { database, clock }: { database: Database; clock: Clock },
  { sha256, storedAt }: Pick<BlobState, 'sha256' | 'storedAt'>,
  fault: IntegrityFault | null,
): Promise<boolean> => {
  const { count } = await database.blob.updateMany({
    where: { sha256, storedAt, orphanedAt: null },
    data: { fault, faultSeenAt: fault === null ? null : clock.now() },
  })
  return count === 1
}
