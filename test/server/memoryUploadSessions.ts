import { randomUUID } from 'node:crypto'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  StateConflictError,
} from '../../src/services/kernel/errors.ts'
import type { Clock, IncomingBytes, ReceivedFile, Storage } from '../../src/services/kernel/ports.ts'
import type { UploadLeases } from '../../src/services/upload/leases.ts'
import type { UploadSession, UploadSessions } from '../../src/services/upload/session.ts'

/** Upload sessions without a database, for tests of the transport. They outlive a handler, as database rows do. */
export const createMemoryUploadSessions = (ports: { storage: Storage; clock: Clock }) => {
  const rows = new Map<string, UploadSession & { received: number[]; completedFiles: ReceivedFile[] }>()
  let incoming: IncomingBytes | null = null
  /** Runs before an upload is completed; may throw. */
  const hooks = { beforeComplete: async (_file: ReceivedFile): Promise<void> => {} }

  const files = (): IncomingBytes => {
    if (incoming === null) throw new Error('attach() was not called.')
    return incoming
  }

  const row = (uploadId: string) => {
    const existing = rows.get(uploadId)
    if (existing === undefined) throw new NotFoundError('There is no such upload.')
    return existing
  }

  const uploadSessions: UploadSessions = {
    create: async (actor, { fileName, sizeBytes }) => {
      if (actor.role === 'VIEWER') throw new ForbiddenError('Uploading needs the role editor or admin.')
      if (fileName === '') throw new InvalidInputError([{ path: 'fileName', message: 'A file needs a name.' }])
      const expiresAt = new Date(ports.clock.now().getTime() + 24 * 3_600_000)
      const id = randomUUID()
      const ownerId = actor.userId
      const file = { fence: 1, fileNumber: 0 }
      const session: UploadSession = {
        id,
        ownerId,
        fileName,
        sizeBytes,
        sha256: null,
        status: 'WAITING',
        expiresAt,
        ...file,
      }
      rows.set(id, { ...session, received: [], completedFiles: [] })
      await files().create(id)
      return row(id)
    },
    resume: async (actor, uploadId) => {
      const upload = row(uploadId)
      if (actor !== null && actor.role !== 'ADMIN' && actor.userId !== upload.ownerId) {
        throw new ForbiddenError('Only its owner or an admin may access an upload.')
      }
      if (upload.status === 'CANCELLED') throw new StateConflictError('This upload was cancelled.')
      if (upload.expiresAt <= ports.clock.now()) throw new StateConflictError('This upload has expired.')
      return upload
    },
    recordProgress: async ({ id }, receivedBytes) => {
      row(id).received.push(receivedBytes)
    },
    complete: async ({ id }, file) => {
      const upload = row(id)
      upload.completedFiles.push(file)
      upload.sha256 = file.sha256
      await hooks.beforeComplete(file)
      const { sha256 } = file
      await ports.storage.putFile(`blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`, file.path)
      upload.status = 'COMPLETED'
      await files().remove(upload)
    },
    cancelSession: async (actor, uploadId) => {
      const upload = await uploadSessions.resume(actor, uploadId)
      upload.status = 'CANCELLED'
      await files().remove(upload)
    },
  }

  /** Leases of the only process. */
  const leases: UploadLeases = {
    take: async (uploadId) => ({ uploadId, fence: 1, fileNumber: 0, hasStaleWriter: false }),
    renew: async () => 'held',
    adoptCopy: async () => {},
    release: async () => {},
  }

  return {
    sessions: uploadSessions,
    leases,
    row,
    hooks,
    attach: (incomingBytes: IncomingBytes) => {
      incoming = incomingBytes
    },
  }
}

export const createActor = (userId: string, role: UserActor['role'] = 'EDITOR'): UserActor => ({
  type: 'user',
  userId,
  role,
  requestId: null,
})
