import { createBoundedCache } from '../kernel/boundedCache.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import type { Clock, Signer } from '../kernel/ports.ts'
import { type FileTarget, fileTargets } from './findFile.ts'

interface Delivery {
  /** Whether browsers save the file instead of showing it. */
  isDownload: boolean
}

export type SignedTarget = FileTarget & Delivery & { expiresAt: Date }

export interface SignedUrls {
  /**
   * Returns a URL that opens these bytes for at least `expiresInSeconds` and at most twice as long. Its text
   * changes once per `expiresInSeconds`, so that players and caches keep it for at least half of its lifetime.
   */
  url(target: FileTarget & Partial<Delivery> & { fileName: string }, expiresInSeconds?: number | null): string
  /** Number of the current period of URLs without `expiresInSeconds`: they keep their text until it changes. */
  period(): number
  /**
   * Returns null for anything forged, malformed or expired. `path` is the path as the client sent it; dot segments and
   * repeated parameters are refused, not resolved.
   */
  verify(path: string, query: URLSearchParams): SignedTarget | null
}

const defaultLifetimeSeconds = 3600
const minLifetimeSeconds = 60
const maxLifetimeSeconds = 7 * 24 * 3600

/** Signatures to keep, about 5 MB: a file has the same one in all responses of its period of validity. */
const maxSignatures = 20_000

const types = Object.keys(fileTargets) as FileTarget['type'][] // keys of a literal
const pathPattern = /^\/files\/([^/]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([^/\\?#]+)$/
const dotSegmentPattern = /^(?:\.|%2e){1,2}$/i
const expiresPattern = /^[1-9]\d{0,11}$/

/**
 * Creates and verifies signed URLs. The signature covers type, id, expiry and whether it is a download. It leaves out the
 * file name, which is there for people who read or save the URL: the bytes and the name in the response follow from the
 * id alone.
 */
export const createSignedUrls = (options: { signer: Signer; clock: Clock; publicUrl: string }): SignedUrls => {
  const { signer, clock } = options
  const origin = options.publicUrl.replace(/\/+$/, '')
  const signatures = createBoundedCache<string, string>(maxSignatures)

  const sign = (payload: string): string => {
    const known = signatures.get(payload)
    if (known !== undefined) return known
    const signature = signer.sign(payload)
    signatures.set(payload, signature)
    return signature
  }

  return {
    period: () => computeExpiry(clock.now(), defaultLifetimeSeconds),

    url: ({ type, id, fileName, isDownload = false }, expiresInSeconds) => {
      const expires = computeExpiry(clock.now(), parseLifetime(expiresInSeconds ?? defaultLifetimeSeconds))
      const signature = sign(buildSignaturePayload({ type, id, isDownload }, expires))
      const { folder } = fileTargets[type]
      const disposition = isDownload ? 'disposition=attachment&' : ''
      return `${origin}/files/${folder}/${id}/${pathSegment(fileName)}?${disposition}expires=${expires}&signature=${signature}`
    },

    verify: (path, query) => {
      const [, folder, id, fileName = ''] = pathPattern.exec(path) ?? []
      if (dotSegmentPattern.test(fileName) || hasRepeatedName(query)) return null
      const type = types.find((candidate) => fileTargets[candidate].folder === folder)
      const expires = query.get('expires')
      const signature = query.get('signature')
      if (type === undefined || id === undefined || expires === null || signature === null) return null
      const disposition = query.get('disposition')
      if (!expiresPattern.test(expires) || (disposition !== null && disposition !== 'attachment')) return null
      const target = { type, id, isDownload: disposition !== null }
      if (!signer.verify(buildSignaturePayload(target, Number(expires)), signature)) return null
      const expiresAt = new Date(Number(expires) * 1000)
      return clock.now() < expiresAt ? { ...target, expiresAt } : null
    },
  }
}

const buildSignaturePayload = ({ type, id, isDownload }: FileTarget & Delivery, expires: number): string =>
  `file:${type}:${id}:${expires}${isDownload ? ':attachment' : ''}`

/** Rounds up to whole lifetimes: each text is issued during one lifetime and expires at the end of the next. */
const computeExpiry = (now: Date, lifetimeSeconds: number): number =>
  (Math.floor(now.getTime() / 1000 / lifetimeSeconds) + 2) * lifetimeSeconds

const parseLifetime = (seconds: number): number => {
  if (Number.isInteger(seconds) && seconds >= minLifetimeSeconds && seconds <= maxLifetimeSeconds) {
    return seconds
  }
  const message = `Must be between ${minLifetimeSeconds} and ${maxLifetimeSeconds} seconds (7 days).`
  throw new InvalidInputError([{ path: 'expiresInSeconds', message }])
}

/** Encodes a file name. URL parsers would drop a segment of dots, and an unpaired surrogate cannot be encoded. */
const pathSegment = (fileName: string): string =>
  /^\.*$/.test(fileName) ? 'file' : encodeURIComponent(fileName.toWellFormed())

const hasRepeatedName = (query: URLSearchParams): boolean => new Set(query.keys()).size < query.size
