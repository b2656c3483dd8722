import type { UploadStatus } from '../../../prisma/generated/client/enums.ts'
import type { UserActor } from '../kernel/actor.ts'
import type { ReceivedFile } from '../kernel/ports.ts'
import type { UploadCreateInput } from './ticket.ts'

/** State of an upload that the transport needs. */
export interface UploadSession {
  id: string
  ownerId: string
  fileName: string
  sizeBytes: number
  /** Digest of the received bytes; null until all have arrived. */
  sha256: string | null
  status: UploadStatus
  /** Number of the lease under which the bytes may change. */
  fence: number
  fileNumber: number
  expiresAt: Date
}

/** Rules that the upload endpoint calls. `actor` is null if the request carries only the upload's own token. */
export interface UploadSessions {
  create(actor: UserActor, input: UploadCreateInput): Promise<UploadSession>
  /** Refuses unless the upload is open or completed. */
  resume(actor: UserActor | null, uploadId: string): Promise<UploadSession>
  /** Changes nothing once another process has taken the lease. */
  recordProgress(upload: { id: string; fence: number }, receivedBytes: number): Promise<void>
  /**
   * Creates a media or version from the complete file, or fails the upload, and releases the lease. May be repeated: a
   * call after success changes nothing. Refuses once another process has taken the lease.
   */
  complete(upload: { id: string; fence: number }, file: ReceivedFile): Promise<void>
  cancelSession(actor: UserActor | null, uploadId: string): Promise<void>
}
