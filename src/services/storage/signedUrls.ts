import { InvalidInputError } from '../kernel/errors.ts'
import type { Clock, Signer } from '../kernel/ports.ts'

export type FileTarget = { type: 'version' | 'rendition'; id: string }
export type SignedTarget = FileTarget & { expiresAt: Date }

export interface SignedUrls {
  /**
   * A URL that opens these bytes for at least `expiresInSeconds` and at most twice as long. Its text changes once per
   * `expiresInSeconds`, so that players and caches keep it for at least half of its lifetime.
   */
  url(target: FileTarget & { fileName: string }, expiresInSeconds?: number): string
  /** Null for anything forged, malformed or expired. */
  verify(path: string, query: URLSearchParams): SignedTarget | null
}

export const defaultLifetimeSeconds = 3600
const minLifetimeSeconds = 60
const maxLifetimeSeconds = 7 * 24 * 3600

const folders = { version: 'versions', rendition: 'renditions' } as const
const pathPattern = /^\/files\/(versions|renditions)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/[^/]*$/
const expiresPattern = /^[1-9]\d{0,11}$/

/**
 * Signed URLs. The signature covers type, id and expiry. It leaves out the file name, which is there for people who
 * read or save the URL: what is sent, and under which name, follows from the id alone.
 */
export const createSignedUrls = (options: { signer: Signer; clock: Clock; publicUrl: string }): SignedUrls => {
  const { signer, clock } = options
  const origin = options.publicUrl.replace(/\/+$/, '')

  return {
    url: ({ type, id, fileName }, expiresInSeconds = defaultLifetimeSeconds) => {
      const expires = computeExpiry(clock.now(), parseLifetime(expiresInSeconds))
      const signature = signer.sign(buildSignaturePayload(type, id, expires))
      return `${origin}/files/${folders[type]}/${id}/${pathSegment(fileName)}?expires=${expires}&signature=${signature}`
    },

    verify: (path, query) => {
      const [, folder, id] = pathPattern.exec(path) ?? []
      const expires = getSingleValue(query, 'expires')
      const signature = getSingleValue(query, 'signature')
      if (id === undefined || expires === null || signature === null || !expiresPattern.test(expires)) return null
      const type = folder === folders.version ? 'version' : 'rendition'
      if (!signer.verify(buildSignaturePayload(type, id, Number(expires)), signature)) return null
      const expiresAt = new Date(Number(expires) * 1000)
      return clock.now() < expiresAt ? { type, id, expiresAt } : null
    },
  }
}

const buildSignaturePayload = (type: FileTarget['type'], id: string, expires: number): string =>
  `file:${type}:${id}:${expires}`

/** Rounded up to whole lifetimes: every text is handed out for one of them and lives for two. */
const computeExpiry = (now: Date, lifetimeSeconds: number): number =>
  (Math.floor(now.getTime() / 1000 / lifetimeSeconds) + 2) * lifetimeSeconds

const parseLifetime = (seconds: number): number => {
  if (Number.isInteger(seconds) && seconds >= minLifetimeSeconds && seconds <= maxLifetimeSeconds) {
    return seconds
  }
  const message = `A URL lives for ${minLifetimeSeconds} seconds to ${maxLifetimeSeconds} seconds (7 days).`
  throw new InvalidInputError([{ path: 'expiresInSeconds', message }])
}

/** Dots alone would be resolved away by URL parsers, half a surrogate pair cannot be encoded. */
const pathSegment = (fileName: string): string =>
  /^\.*$/.test(fileName) ? 'file' : encodeURIComponent(fileName.toWellFormed())

const getSingleValue = (query: URLSearchParams, name: string): string | null => {
  const values = query.getAll(name)
  return values.length === 1 ? (values[0] ?? null) : null
}
