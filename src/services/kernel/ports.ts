import type { Readable } from 'node:stream'
import type { Prisma, PrismaClient } from '../../../prisma/generated/client/client.ts'
import type { Role, UserKind } from '../../../prisma/generated/client/enums.ts'
import type { Job, JobHandlers } from './jobs.ts'

/** Database as services see it: Prisma's client, and its client inside a transaction. */
export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient

export interface Clock {
  now(): Date
}

/** Interface of a pino logger: an object of fields, then a sentence. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}

/**
 * Source from which a client gets stored bytes: a local file to stream, or a URL to redirect to. A storage that looks
 * the bytes up anyway reports their size, or that they are missing.
 */
type Delivery =
  | { type: 'file'; path: string; sizeBytes: number }
  | { type: 'redirect'; url: string }
  | { type: 'missing' }

/** Describes the response. A storage that redirects must know it in advance, since another server will send it. */
export interface DeliveryRequest {
  method: 'GET' | 'HEAD'
  contentType: string
  contentDisposition: string
  /** Time until which the client may reuse the redirect, as players do for each part that they play. Absent: soon. */
  reusableUntil?: Date
}

/**
 * Stored bytes by key (`blobs/<first two>/<next two>/<sha256>`). Keys are content addresses: a second put changes what
 * readers see only if the stored bytes are damaged.
 */
export interface Storage {
  /**
   * Takes over a finished local file: afterwards `path` no longer exists. Atomic: readers see all of the old bytes or all
   * of the new ones. Stored bytes of the same size stay, unless `replace` is true; others are replaced. Resolves to
   * whether the file was stored. May be repeated after the file was taken over: false if any bytes are stored.
   */
  putFile(key: string, path: string, options?: { replace?: boolean }): Promise<boolean>
  /** Stores a small number of bytes; atomic like `putFile`, but a no-op if anything is stored under the key. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Returns null if nothing is stored under the key. */
  stat(key: string): Promise<{ sizeBytes: number } | null>
  /**
   * Streams the bytes. `start` and `end` are inclusive offsets; `end` may exceed the last byte. Rejects if nothing is
   * stored.
   */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>
  /** Returns a local, read-only path of the bytes, for tools: the stored file, or a copy inside `workspacePath`. */
  localFile(key: string, workspacePath: string, signal?: AbortSignal): Promise<string>
  deliver(key: string, request: DeliveryRequest): Promise<Delivery>
  /** Removes the bytes; no error if nothing is stored. */
  remove(key: string): Promise<void>
  /** Longest time after which a removal without a response may still be applied. */
  maxRemovalDelayMs: number
  /** Lists all keys below a folder (`log/heads`), in order; for folders of a few hundred. Empty if it is missing. */
  list(folder: string): Promise<string[]>
  /** Returns the location of the bytes for administrators, `file:///…` or `s3://…`. */
  uri(key: string): string
  close(): Promise<void>
}

/** Dedicated database connection, for work that must not wait for a free connection of the pool. */
export interface SequencerConnection {
  /** Runs statements without values, in one transaction and one round trip. Returns the rows of the last. */
  transact<Row>(...statements: string[]): Promise<Row[]>
}

/** Names the file that holds the bytes of an upload. */
export interface IncomingFile {
  /** Id of the upload. */
  id: string
  fileNumber: number
}

/** Received bytes of uploads: one growing file per upload, to which only the holder of the upload's lease writes. */
export interface IncomingFiles {
  /** Creates file 0 of an upload. */
  create(uploadId: string): Promise<void>
  /** Stops the reception in this process and removes the file; no error if it does not exist. */
  remove(file: IncomingFile): Promise<void>
  /** Lists the files that have received no bytes since `time`, whatever the status of their uploads. */
  listIdleSince(time: Date): Promise<IncomingFile[]>
}

/** Operations on incoming files that the upload transport needs. */
export interface IncomingBytes extends IncomingFiles {
  /** Returns null if there is no file. */
  stat(file: IncomingFile): Promise<{ receivedBytes: number } | null>
  /** Copies the bytes received so far to file `number` of the upload. False if there is no file. */
  copy(file: IncomingFile, number: number): Promise<boolean>
  /**
   * Appends at `offset`, which is the number of bytes received so far, and resolves to the new number: early if the
   * source ends or fails or `signal` aborts; bytes received until then are kept. Never accepts more than was declared.
   */
  receive(file: HeldFile, source: Readable, options: ReceiveOptions): Promise<number>
  /** Hashes a complete file, unless its digest is known: then the file may have been moved away already. */
  complete(file: HeldFile & { sizeBytes: number; sha256: string | null }): Promise<ReceivedFile>
}

/** File of an upload whose lease the caller holds under `fence`. */
export interface HeldFile extends IncomingFile {
  fence: number
}

export interface ReceiveOptions {
  offset: number
  /** Declared size of the upload. */
  sizeBytes: number
  signal: AbortSignal
  /** True if no other code reads the source's chunks: their memory is freed after the write, not by a later GC. */
  ownsChunks: boolean
  /** Called often, after bytes were written. */
  onReceived(receivedBytes: number): void
}

/** Complete file of an upload. The caller that takes it over moves it away from `path`. */
export interface ReceivedFile {
  path: string
  sha256: string
  sizeBytes: number
}

/** Wakes subscribers. Never the only source of a fact: everything published was committed before. */
export interface PubSub {
  /** Fire and forget: neither waits nor throws. Subscribers recover from a lost message by reading the database. */
  publish(channel: string, message: unknown): void
  /** Resolves once messages published from now on are delivered. The returned function may be called twice. */
  subscribe(channel: string, listener: (message: unknown) => void): Promise<() => void>
  /** Calls the listener whenever messages may have been lost: after the connection was restored. */
  onReconnect(listener: () => void): () => void
  close(): Promise<void>
}

export interface Queue {
  /** Sends inside the caller's transaction: the job exists exactly if the transaction commits. */
  send(transaction: Transaction, ...jobs: Job[]): Promise<void>
  /**
   * SQL query of all jobs that still exist: `subject` is the id in their payload, as text, `number` the request or
   * revision that it names, `isUnfinished` whether the job waits or runs, or waits for its row to be given up.
   */
  jobSubjects: Prisma.Sql
  /** Starts taking jobs. Each handler gets a signal that is aborted at shutdown and when its lease is lost. */
  work(handlers: JobHandlers): Promise<void>
  /** Stops taking jobs, returns the running ones to the queue, and closes. */
  close(): Promise<void>
}

/** Content of a valid token. */
export interface TokenIdentity {
  externalId: string
  name: string
  /** False if the token has no usable name: `name` is then what can be displayed of the external id. */
  hasName: boolean
  role: Role
  kind: UserKind
  expiresAt: Date | null
}

export interface Authenticator {
  /** Rejects with UnauthenticatedError. */
  authenticate(token: string): Promise<TokenIdentity>
  /** Calls back after the keys have changed, so that a token may be refused from now on. Returns a function that stops it. */
  onKeysChange(listener: () => void): () => void
}

/** Values of one sign-in that stay on the server until the login service answers. */
export interface SignInSecrets {
  state: string
  nonce: string
  codeVerifier: string
}

/** Statements of the login service about a person. */
export interface LoginClaims {
  claims: Record<string, unknown>
  /** End of the token that contains them. */
  expiresAt: Date
}

/** Login service of the school, by OpenID Connect. Rejects with UnavailableError while it does not answer. */
export interface LoginService {
  /** Returns the address of its page for one sign-in. */
  pageUrl(secrets: SignInSecrets): Promise<string>
  /**
   * Verifies its answer, which is the query of the callback. Rejects with UnauthenticatedError unless the answer belongs
   * to this sign-in.
   */
  verify(query: string, secrets: SignInSecrets): Promise<LoginClaims>
}

/** Signs text that the server itself verifies later: delivery URLs and upload targets. */
export interface Signer {
  /** Returns `keyId.signature`, both URL-safe. */
  sign(text: string): string
  /** Compares in constant time; returns false for anything malformed. */
  verify(text: string, signature: string): boolean
}

/** Amount that one caller may use in a time window, which begins with the first use. */
interface Allowance {
  name: string
  max: number
  windowSeconds: number
}

/**
 * Takes `count` from a caller's allowance. Resolves to null if enough was left, else to the milliseconds until all of
 * it is available again. Refused counts are deducted too; a negative count gives back. Neither rejects nor hangs.
 */
export type TakeAllowance = (callerId: string, count: number) => Promise<number | null>

/** Counts the use of allowances. */
export interface RateLimiter {
  limit(allowance: Allowance): TakeAllowance
  close(): Promise<void>
}
