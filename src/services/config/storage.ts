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
const defaultRegion = 'us-east-1'

const isPlainUrl = (endpoint: string): boolean => {
  const { username, password, search, hash } = URL.parse(endpoint) ?? {}
  return !(username || password || search || hash)
}

/** What an `s3://` URL may say behind its question mark. */
const parameters = z.strictObject(
  {
    region: z.string().regex(regionPattern, 'region needs a name like eu-central-1').optional(),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'endpoint needs a URL like https://s3.example.com' })
      .refine(isPlainUrl, 'endpoint takes neither a user nor parameters')
      .optional(),
    pathStyle: z.enum(['true', 'false'], 'pathStyle needs true or false').optional(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' ? `${keys?.join(', ')}: only region, endpoint and pathStyle are known` : undefined,
  },
)

const decodeText = (encoded: string): string | null => {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}

const parseS3Url = (url: URL, addError: (text: string) => void): S3Config => {
  const prefix = decodeText(url.pathname)?.replace(/^\/+|\/+$/g, '') ?? null
  if (url.username || url.password) addError('credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (url.hostname === '') addError('names no bucket: s3://bucket?region=eu-central-1')
  else if (!bucketPattern.test(url.hostname))
    addError('a bucket has 3 to 63 lower-case letters, digits, dots and hyphens')
  if (url.port) addError('a server is named by the parameter endpoint, not beside the bucket')
  if (prefix === null || !prefixPattern.test(prefix) || url.hash)
    addError('the path behind the bucket takes letters, digits, dots, hyphens and underscores')
  const parsed = parameters.safeParse(Object.fromEntries(url.searchParams))
  for (const { message } of parsed.error?.issues ?? []) addError(message)
  const { region, endpoint, pathStyle } = parsed.data ?? {}
  if (parsed.success && region === undefined && endpoint === undefined)
    addError('needs the parameter region, or endpoint where the bucket is not at AWS')
  return {
    type: 's3',
    bucket: url.hostname,
    prefix: prefix ?? '',
    region: region ?? defaultRegion,
    endpoint,
    pathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === 'true',
  }
}

/** From a valid URL; what cannot be used of it is told to `faults`. */
export const parseStorageUrl = (storageUrl: string | undefined, dataDir: string, errors: string[]): StorageConfig => {
  const addError = (text: string): void => void errors.push(`STORAGE_URL: ${text}`)
  if (storageUrl === undefined) return { type: 'disk', path: resolve(dataDir, 'files') }
  const url = new URL(storageUrl)
  if (url.protocol === 's3:') return parseS3Url(url, addError)
  const path = decodeText(url.pathname)
  if (path === null) addError('the path is not encoded as a URL')
  return { type: 'disk', path: path ?? '' }
}
