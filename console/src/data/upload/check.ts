import { MediaOfContentDocument, MediaOfSizeDocument } from '../../api/generated/documents.ts'
import type { Server } from '../context.ts'
import { hashFile } from './hash.ts'
import { matchFile, mayContinue } from './match.ts'
import type { OpenUpload } from './openUploads.ts'

interface CheckOptions {
  server: Pick<Server, 'send'>
  file: File
  signal: AbortSignal
  readOpenUploads(): Promise<readonly OpenUpload[]>
  /** Returns the time of the last change of the file when its upload began; null if it is not known. */
  lastModifiedOf(uploadId: string): number | null
  /** Uploads that other files of this page belong to. */
  takenUploadIds: readonly string[]
}

export interface CheckResult {
  /** Null if it was not needed. */
  sha256: string | null
  /** Unfinished upload of the same file, from before a reload or from another page. */
  open: OpenUpload | null
  existing: { id: string; title: string } | null
}

/**
 * Looks for a file in the open uploads and in the library. Its bytes are read only if an open upload has a digest or the
 * library has a media of exactly its size.
 */
export const checkFile = async (options: CheckOptions): Promise<CheckResult> => {
  const { server, file, signal, readOpenUploads, lastModifiedOf, takenUploadIds } = options
  let sha256: string | null = null
  const readDigest = async (): Promise<string> => {
    sha256 ??= await hashFile(file, signal)
    return sha256
  }
  const isOf = async (upload: OpenUpload): Promise<boolean> => {
    const facts = { lastModified: lastModifiedOf(upload.id), sha256 }
    const match = matchFile(file, upload, facts)
    if (match !== 'undecided') return match === 'same'
    return matchFile(file, upload, { ...facts, sha256: await readDigest() }) === 'same'
  }
  for (const upload of await readOpenUploads())
    if (mayContinue(file, upload) && !takenUploadIds.includes(upload.id) && (await isOf(upload)))
      return { sha256, open: upload, existing: null }
  const ofSize = await server.send(MediaOfSizeDocument, { sizeBytes: file.size }, { signal })
  if (ofSize.mediaList.nodes.length === 0) return { sha256, open: null, existing: null }
  const ofContent = await server.send(MediaOfContentDocument, { sha256: await readDigest() }, { signal })
  return { sha256, open: null, existing: ofContent.mediaList.nodes[0] ?? null }
}
