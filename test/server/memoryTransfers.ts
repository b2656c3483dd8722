import { randomUUID } from 'node:crypto'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  StateConflictError,
} from '../../src/services/kernel/errors.ts'
import type { ArrivedFile, Clock, IncomingBytes, Storage } from '../../src/services/kernel/ports.ts'
import type { Transfer, Transfers } from '../../src/services/upload/transfers.ts'

/** The rules of transfers without a database, for tests of the transport. Outlives its handlers, as a database does. */
export const createMemoryTransfers = (tools: { storage: Storage; clock: Clock }) => {
  const rows = new Map<string, Transfer & { received: number[]; arrivals: ArrivedFile[] }>()
  let incoming: IncomingBytes | null = null
  /** Runs before an arrival is accepted; throws what the test wants it to. */
  const hooks = { beforeArrival: async (_file: ArrivedFile): Promise<void> => {} }

  const files = (): IncomingBytes => {
    if (incoming === null) throw new Error('attach() was not called.')
    return incoming
  }

  const row = (uploadId: string) => {
    const found = rows.get(uploadId)
    if (found === undefined) throw new NotFoundError('There is no such upload.')
    return found
  }

  const transfers: Transfers = {
    create: async (actor, { fileName, sizeBytes }) => {
      if (actor.role === 'VIEWER') throw new ForbiddenError('Uploading needs the role editor or admin.')
      if (fileName === '') throw new InvalidInputError([{ path: 'fileName', message: 'A file needs a name.' }])
      const expiresAt = new Date(tools.clock.now().getTime() + 24 * 3_600_000)
      const id = randomUUID()
      const ownerId = actor.userId
      rows.set(id, { id, ownerId, fileName, sizeBytes, status: 'WAITING', expiresAt, received: [], arrivals: [] })
      await files().create({ id, sizeBytes, fileName })
      return row(id)
    },
    open: async (actor, uploadId) => {
      const upload = row(uploadId)
      if (actor !== null && actor.role !== 'ADMIN' && actor.userId !== upload.ownerId) {
        throw new ForbiddenError('Only its owner may touch an upload.')
      }
      if (upload.status === 'CANCELLED') throw new StateConflictError('This upload was cancelled.')
      if (upload.expiresAt <= tools.clock.now()) throw new StateConflictError('This upload has expired.')
      return upload
    },
    received: async (uploadId, receivedBytes) => {
      row(uploadId).received.push(receivedBytes)
    },
    arrived: async (uploadId, file) => {
      row(uploadId).arrivals.push(file)
      await hooks.beforeArrival(file)
      const { sha256 } = file
      await tools.storage.putFile(`blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`, file.path)
      row(uploadId).status = 'COMPLETED'
      await files().remove(uploadId)
    },
    terminate: async (actor, uploadId) => {
      const upload = await transfers.open(actor, uploadId)
      upload.status = 'CANCELLED'
      await files().remove(uploadId)
    },
  }

  return {
    transfers,
    row,
    hooks,
    attach: (opened: IncomingBytes) => {
      incoming = opened
    },
  }
}

export const person = (userId: string, role: UserActor['role'] = 'EDITOR'): UserActor => ({
  type: 'user',
  userId,
  role,
  requestId: null,
})
