import { resolve } from 'node:path'
import { z } from 'zod'

export interface S3Config {
  type: 's3'
  bucket: string
  /** Without slashes around it; empty for none. */
  prefix: string
  region: string
  /** Absent: AWS. */
  endpoint?: string
  /** `https://endpoint/bucket/key` rather than `https://bucket.endpoint/key`. */
  pathStyle: boolean
}

export type StorageConfig = { type: 'disk'; path: string } | S3Config

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const prefixPattern = /^(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*)?$/
const regionPattern = /^[a-z0-9-]+$/

/** What an endpoint that asks for no region is told: the one that the others take for the usual. */
const usualRegion = 'us-east-1'

const isBare = (endpoint: string): boolean => {
  const { username, password, search, hash } = URL.parse(endpoint) ?? {}
  return !(username || password || search || hash)
}

/** What an `s3://` URL may say behind its question mark. */
const parameters = z.strictObject(
  {
    region: z.string().regex(regionPattern, 'region needs a name like eu-central-1').optional(),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'endpoint needs a URL like https://s3.example.com' })
      .refine(isBare, 'endpoint takes neither a user nor parameters')
      .optional(),
    pathStyle: z.enum(['true', 'false'], 'pathStyle needs true or false').optional(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' ? `${keys?.join(', ')}: only region, endpoint and pathStyle are known` : undefined,
  },
)

const textOf = (encoded: string): string | null => {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}

const s3Of = (url: URL, fault: (text: string) => void): S3Config => {
  const prefix = textOf(url.pathname)?.replace(/^\/+|\/+$/g, '') ?? null
  if (url.username || url.password) fault('credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (url.hostname === '') fault('names no bucket: s3://bucket?region=eu-central-1')
  else if (!bucketPattern.test(url.hostname)) fault('a bucket has 3 to 63 lower-case letters, digits, dots and hyphens')
  if (url.port) fault('a server is named by the parameter endpoint, not beside the bucket')
  if (prefix === null || !prefixPattern.test(prefix) || url.hash)
    fault('the path behind the bucket takes letters, digits, dots, hyphens and underscores')
  const parsed = parameters.safeParse(Object.fromEntries(url.searchParams))
  for (const { message } of parsed.error?.issues ?? []) fault(message)
  const { region, endpoint, pathStyle } = parsed.data ?? {}
  if (parsed.success && region === undefined && endpoint === undefined)
    fault('needs the parameter region, or endpoint where the bucket is not at AWS')
  return {
    type: 's3',
    bucket: url.hostname,
    prefix: prefix ?? '',
    region: region ?? usualRegion,
    endpoint,
    pathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === 'true',
  }
}

/** From a valid URL; what cannot be used of it is told to `faults`. */
export const storageOf = (storageUrl: string | undefined, dataDir: string, faults: string[]): StorageConfig => {
  const fault = (text: string): void => void faults.push(`STORAGE_URL: ${text}`)
  if (storageUrl === undefined) return { type: 'disk', path: resolve(dataDir, 'files') }
  const url = new URL(storageUrl)
  if (url.protocol === 's3:') return s3Of(url, fault)
  const path = textOf(url.pathname)
  if (path === null) fault('the path is not encoded as a URL')
  return { type: 'disk', path: path ?? '' }
}
