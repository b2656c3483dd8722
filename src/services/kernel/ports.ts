import type { Readable } from 'node:stream'
import type { Prisma, PrismaClient } from '../../../prisma/generated/client/client.ts'
import type { Role, UserKind } from '../../../prisma/generated/client/enums.ts'
import type { Job, JobHandlers } from './jobs.ts'

/** The database as services see it: Prisma's client, and the one inside a transaction. */
export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient

export interface Clock {
  now(): Date
}

/** The shape of a pino logger: an object of fields, then a sentence. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}

/** Where stored bytes can be fetched by a client: a local file to stream, or another place to go to. */
export type Delivery = { type: 'file'; path: string } | { type: 'redirect'; url: string }

/** Who delivers elsewhere has to be told beforehand what the answer there shall say of the bytes. */
export interface DeliveryRequest {
  method: 'GET' | 'HEAD'
  contentType: string
  contentDisposition: string
  /** Until when the client may come back there by itself, as players do for each part that they play. Absent: soon. */
  until?: Date
}

/**
 * Stored bytes by key (`blobs/<first two>/<next two>/<sha256>`). Keys are content addresses, so that a second put of
 * the same key is a no-op and never changes what readers see.
 */
export interface Storage {
  /**
   * Takes over a finished local file: afterwards `path` no longer exists. Atomic: readers see all bytes or none. May be
   * repeated when the file is already gone and its bytes are stored.
   */
  putFile(key: string, path: string): Promise<void>
  /** Stores a few bytes; as atomic as `putFile`, and again a no-op the second time. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Null where nothing is stored under the key. */
  stat(key: string): Promise<{ sizeBytes: number } | null>
  /**
   * Streams the bytes; `start` and `end` are inclusive offsets, of which `end` may lie behind the last. Rejects where
   * nothing is stored.
   */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>
  /** A local path that holds the bytes, for tools: the stored file itself, or a copy made inside `workspacePath`. Read-only. */
  localFile(key: string, workspacePath: string, signal?: AbortSignal): Promise<string>
  deliver(key: string, request: DeliveryRequest): Promise<Delivery>
  /** No error where nothing is stored. */
  remove(key: string): Promise<void>
  /** For how long a removal of which nothing was heard may still happen. */
  maxRemovalDelayMs: number
  /** All keys below a folder (`log/heads`), in order; for folders of a few hundred. None where there is no such folder. */
  list(folder: string): Promise<string[]>
  /** For administrators: where the bytes lie, `file:///…` or `s3://…`. */
  uri(key: string): string
  close(): Promise<void>
}

/** A connection to the database of its own, for work that must not wait until others give theirs back. */
export interface SequencerConnection {
  /** Statements without values, in one transaction and one round trip. Returns the rows of the last. */
  transact<Row>(...statements: string[]): Promise<Row[]>
}

/** Bytes on their way in, one growing file per upload id. */
export interface IncomingFiles {
  create(upload: { id: string; sizeBytes: number; fileName: string }): Promise<void>
  /** No error where nothing is there. */
  remove(uploadId: string): Promise<void>
  /** The uploads of which nothing was written since then, whatever has become of them. */
  listIdleSince(time: Date): Promise<string[]>
}

/** What the upload transport needs of them. */
export interface IncomingBytes extends IncomingFiles {
  /** Null where nothing is there. */
  stat(uploadId: string): Promise<{ sizeBytes: number; receivedBytes: number } | null>
  /**
   * Appends at `offset`, which is the number of bytes received so far, and resolves to the new number: early when the
   * source ends or dies or `signal` says so; what arrived until then is kept. Never takes more than was declared.
   */
  receive(uploadId: string, source: Readable, options: ReceiveOptions): Promise<number>
  /** Once all bytes are there. May be asked again: after a restart, and after the bytes were moved away. */
  complete(uploadId: string): Promise<ReceivedFile>
}

export interface ReceiveOptions {
  offset: number
  signal: AbortSignal
  /** Nobody else reads the source's chunks: their memory is given back as soon as they are written, not by a later GC. */
  ownsChunks: boolean
  /** Called often, after bytes were written. */
  onReceived(receivedBytes: number): void
}

/** All bytes of an upload; whoever takes the file over moves it away from `path`. */
export interface ReceivedFile {
  path: string
  sha256: string
  sizeBytes: number
}

/** Wakes followers; never the only bearer of a fact: what is published was committed before. */
export interface PubSub {
  /** Fire and forget: neither waits nor throws; a lost message is healed by the followers' own reading. */
  publish(channel: string, message: unknown): void
  /** Resolves once messages published from now on are delivered. The returned function may be called twice. */
  subscribe(channel: string, listener: (message: unknown) => void): Promise<() => void>
  /** Called whenever messages may have been lost: after the connection came back. */
  onReconnect(listener: () => void): () => void
  close(): Promise<void>
}

export interface Queue {
  /** Sends inside the caller's transaction: the job exists exactly if the transaction commits. */
  send(transaction: Transaction, ...jobs: Job[]): Promise<void>
  /** Starts taking jobs. Each handler gets a signal that is aborted at shutdown and when its lease is lost. */
  work(handlers: JobHandlers): Promise<void>
  /** Stops taking jobs, gives the running ones back to the queue, and closes. */
  close(): Promise<void>
}

/** What a valid token says. */
export interface TokenIdentity {
  externalId: string
  name: string
  role: Role
  kind: UserKind
  expiresAt: Date | null
}

export interface Authenticator {
  /** Rejects with UnauthenticatedError. */
  authenticate(token: string): Promise<TokenIdentity>
}

/** Signs what the server itself will read again: delivery URLs and upload targets. */
export interface Signer {
  /** `keyId.signature`, both URL-safe. */
  sign(text: string): string
  /** Constant time; false for anything malformed. */
  verify(text: string, signature: string): boolean
}

/** How much of something one caller may do in a span of time, which begins with the first of it. */
export interface Allowance {
  name: string
  max: number
  windowSeconds: number
}

/**
 * Null while there is enough left, else in how many milliseconds there is all of it again. What was refused counts too;
 * a count below zero gives back. Neither rejects nor hangs.
 */
export type TakeAllowance = (callerId: string, count: number) => Promise<number | null>

/** Counts what callers do. */
export interface RateLimiter {
  limit(allowance: Allowance): TakeAllowance
  close(): Promise<void>
}
