import type { Transaction } from './ports.ts'

/** Stored bytes are addressed by their content, shared by every version and rendition that holds the same. */
export const blobKey = (sha256: string): string => `blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`

/** Notes that bytes are stored; called after they are, in the transaction that first refers to them. */
export const noteBlob = async (
  transaction: Transaction,
  { sha256, sizeBytes }: { sha256: string; sizeBytes: number | bigint },
): Promise<void> => {
  await transaction.blob.createMany({ data: [{ sha256, sizeBytes }], skipDuplicates: true })
}
