import type { IncomingMessage } from 'node:http'
import type { UserActor } from '../services/kernel/actor.ts'
import { StateConflictError } from '../services/kernel/errors.ts'
import type { IncomingBytes, Logger } from '../services/kernel/ports.ts'
import { type UploadLeases, uploadLockedError } from '../services/upload/leases.ts'
import type { UploadSession, UploadSessions } from '../services/upload/session.ts'
import { type Answer, checkAppend, parseAppend, parseCreation } from './tusProtocol.ts'
import { createLeaseHolder } from './uploadLease.ts'
import { createUploadLocker } from './uploadLocker.ts'

export interface TusOptions {
  incoming: IncomingBytes
  sessions: UploadSessions
  leases: UploadLeases
  /** The only source of upload URLs: forwarded headers are ignored. */
  publicUrl: string
  maxUploadBytes: number
  log: Logger
}

interface HeldUpload {
  stop: AbortSignal
  reload(): Promise<UploadSession>
  prepare(): Promise<UploadSession>
  /** Called once the upload has ended. */
  noteEnd(): void
}

/** Null if the request carries an upload token instead of a user's. */
type Caller = UserActor | null

const progressIntervalMs = 100
/** A connection that sends nothing for so long is cut. */
const idleTimeoutMs = 60_000

/** The methods of tus. Bytes go from the raw request to the file: a chain of streams would cost half of the throughput. */
export const createTus = ({ incoming, sessions, leases, publicUrl, maxUploadBytes, log }: TusOptions) => {
  const locker = createUploadLocker()
  const holdLease = createLeaseHolder({ leases, incoming, log })

  /**
   * Runs `work` on the current state of an upload while no other request uses it, in this process or another. `reload`
   * refuses once the lease is lost or the upload has ended; `prepare` also makes sure that no other process writes.
   */
  const withUpload = async (
    caller: Caller,
    uploadId: string,
    work: (session: UploadSession, held: HeldUpload) => Promise<Answer>,
  ): Promise<Answer> => {
    // Before the lock is requested, since that stops the holder: only callers with access may do so.
    await sessions.resume(caller, uploadId)
    return locker.run(uploadId, (localStop) =>
      holdLease(uploadId, localStop, async ({ fence, leaveStaleWriter, noteEnd }, stop) => {
        const reload = async (): Promise<UploadSession> => {
          const session = await sessions.resume(caller, uploadId)
          if (session.fence !== fence) throw uploadLockedError()
          return session
        }
        const current = await reload()
        const prepare = async () => ((await leaveStaleWriter()) ? reload() : current)
        return work(current, { stop, reload, prepare, noteEnd })
      }),
    )
  }

  const countReceived = async (session: UploadSession): Promise<number> => {
    const { status, sizeBytes, sha256 } = session
    // The digest is stored once all bytes have arrived; a completion that failed later may have moved the file already.
    if (status === 'COMPLETED' || sha256 !== null) return sizeBytes
    const file = await incoming.stat(session)
    if (file === null) throw new StateConflictError('The bytes of this upload no longer exist. Start a new upload.')
    return file.receivedBytes
  }

  /** Called under the upload's lock: runs once, and again only if it failed. */
  const complete = async (session: UploadSession, { noteEnd }: HeldUpload): Promise<void> => {
    if (session.status === 'COMPLETED') return
    await sessions.complete(session, await incoming.complete(session))
    noteEnd()
  }

  const receive = async (session: UploadSession, offset: number, req: IncomingMessage, stop: AbortSignal) => {
    stop.throwIfAborted()
    const { sizeBytes } = session
    const progress = createProgress((receivedBytes) => sessions.recordProgress(session, receivedBytes), log)
    req.setTimeout(idleTimeoutMs, () => req.destroy())
    try {
      const options = { offset, sizeBytes, signal: stop, ownsChunks: true, onReceived: progress.note }
      return await incoming.receive(session, req, options)
    } finally {
      req.setTimeout(0)
      await progress.end()
    }
  }

  return {
    create: async (actor: UserActor, { headers }: IncomingMessage): Promise<Answer> => {
      const creation = parseCreation(headers, maxUploadBytes)
      if (creation.type === 'refused') return creation.answer
      const session = await sessions.create(actor, creation.input)
      return { status: 201, headers: { Location: `${publicUrl}/uploads/${session.id}`, ...expiryOf(session, 0) } }
    },

    HEAD: (caller: Caller, uploadId: string): Promise<Answer> =>
      withUpload(caller, uploadId, async (session, held) => {
        const offset = await countReceived(session)
        // All bytes are here, but their completion failed or the server stopped before it. Clients take a full offset
        // for success and send nothing more, so complete the upload before answering.
        if (offset === session.sizeBytes) await complete(await held.prepare(), held)
        const sizes = { 'Upload-Offset': String(offset), 'Upload-Length': String(session.sizeBytes) }
        return { status: 200, headers: { 'Cache-Control': 'no-store', ...sizes, ...expiryOf(session, offset) } }
      }),

    PATCH: async (caller: Caller, uploadId: string, req: IncomingMessage): Promise<Answer> => {
      const append = parseAppend(req.headers)
      if (append.type === 'refused') return append.answer
      return withUpload(caller, uploadId, async (_session, held) => {
        const session = await held.prepare()
        const { sizeBytes } = session
        const receivedBytes = await countReceived(session)
        const refusal = checkAppend(append, { receivedBytes, sizeBytes })
        if (refusal !== null) return refusal
        const offset = receivedBytes === sizeBytes ? sizeBytes : await receive(session, receivedBytes, req, held.stop)
        const updated = await held.reload()
        if (offset === sizeBytes) await complete(updated, held)
        const headers: Record<string, string> = { 'Upload-Offset': String(offset), ...expiryOf(updated, offset) }
        if (!req.complete) headers.Connection = 'close' // the rest of the body is not read
        return { status: 204, headers }
      })
    },

    DELETE: (caller: Caller, uploadId: string): Promise<Answer> =>
      withUpload(caller, uploadId, async () => {
        await sessions.cancelSession(caller, uploadId)
        return { status: 204 }
      }),
  }
}

const expiryOf = ({ expiresAt, sizeBytes }: UploadSession, offset: number): Record<string, string> =>
  offset < sizeBytes ? { 'Upload-Expires': expiresAt.toUTCString() } : {}

/** Reports received bytes to the service: at once, then at most every 100 ms, then those at the end that it does not know. */
const createProgress = (report: (receivedBytes: number) => Promise<void>, log: Logger) => {
  let latest: number | null = null
  let recorded: number | null = null
  let reportedAt = Number.NEGATIVE_INFINITY
  let reporting: Promise<void> | null = null

  const send = async (receivedBytes: number): Promise<void> => {
    reportedAt = performance.now()
    try {
      await report(receivedBytes)
      recorded = receivedBytes
    } catch (error) {
      // The bytes are on disk, and completion does not depend on the recorded number.
      log.warn({ err: error }, 'Failed to record upload progress; the next report repeats it.')
    }
    reporting = null
  }

  return {
    note: (receivedBytes: number) => {
      latest = receivedBytes
      if (reporting === null && performance.now() - reportedAt >= progressIntervalMs) reporting = send(receivedBytes)
    },
    end: async () => {
      await reporting
      if (latest !== null && latest !== recorded) await send(latest)
    },
  }
}
