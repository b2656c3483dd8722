import type { UploadStatus } from '../../../prisma/generated/client/enums.ts'
import type { UserActor } from '../kernel/actor.ts'
import type { ReceivedFile } from '../kernel/ports.ts'
import type { UploadCreateInput } from './ticket.ts'

/** What the sender of bytes needs to know of a ticket. */
export interface UploadSession {
  id: string
  ownerId: string
  fileName: string
  sizeBytes: number
  status: UploadStatus
  expiresAt: Date
}

/** The sending side: what the upload endpoint calls. `actor` null: the sender came with the ticket's own token. */
export interface UploadSessions {
  create(actor: UserActor, input: UploadCreateInput): Promise<UploadSession>
  /** Refuses unless bytes may still be sent, or all have arrived. */
  resume(actor: UserActor | null, uploadId: string): Promise<UploadSession>
  recordProgress(uploadId: string, receivedBytes: number): Promise<void>
  /** Turns the finished file into a media. May be repeated: the second call finds the work done. */
  complete(uploadId: string, file: ReceivedFile): Promise<void>
  cancelSession(actor: UserActor | null, uploadId: string): Promise<void>
}
