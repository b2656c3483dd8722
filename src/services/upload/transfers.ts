import type { UploadStatus } from '../../../prisma/generated/client/enums.ts'
import type { UserActor } from '../kernel/actor.ts'
import type { ArrivedFile } from '../kernel/ports.ts'
import type { UploadCreateInput } from './ticket.ts'

/** What the sender of bytes needs to know of a ticket. */
export interface Transfer {
  id: string
  ownerId: string
  fileName: string
  sizeBytes: number
  status: UploadStatus
  expiresAt: Date
}

/** The sending side: what the upload endpoint calls. `actor` null: the sender came with the ticket's own token. */
export interface Transfers {
  create(actor: UserActor, input: UploadCreateInput): Promise<Transfer>
  /** Refuses unless bytes may still be sent, or all have arrived. */
  open(actor: UserActor | null, uploadId: string): Promise<Transfer>
  received(uploadId: string, receivedBytes: number): Promise<void>
  /** Turns the finished file into a media. May be repeated: the second call finds the work done. */
  arrived(uploadId: string, file: ArrivedFile): Promise<void>
  terminate(actor: UserActor | null, uploadId: string): Promise<void>
}
