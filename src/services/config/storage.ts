import { resolve } from 'node:path'
import { z } from 'zod'

export interface S3Config {
  type: 's3'
  bucket: string
  /** Prefix of all keys, without leading and trailing slashes; may be empty. */
  prefix: string
  region: string
  /** URL of the S3 server. Absent: AWS. */
  endpoint?: string
  /** `https://endpoint/bucket/key` rather than `https://bucket.endpoint/key`. */
  pathStyle: boolean
}

export type StorageConfig = { type: 'disk'; path: string } | S3Config

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const prefixPattern = /^(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*)?$/
const regionPattern = /^[a-z0-9-]+$/

/** Region sent to an endpoint if none is configured; S3-compatible servers accept it as their default. */
const defaultRegion = 'us-east-1'

const isPlainUrl = (endpoint: string): boolean => {
  const { username, password, search, hash } = URL.parse(endpoint) ?? {}
  return !(username || password || search || hash)
}

/** Query parameters of an `s3://` URL. */
const parameters = z.strictObject(
  {
    region: z.string().regex(regionPattern, 'region needs a name like eu-central-1').optional(),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'endpoint needs a URL like https://s3.example.com' })
      .refine(isPlainUrl, 'endpoint must not contain a user or parameters')
      .optional(),
    pathStyle: z.enum(['true', 'false'], 'pathStyle needs true or false').optional(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys'
        ? `${keys?.join(', ')}: unknown parameter; use region, endpoint and pathStyle`
        : undefined,
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
  if (url.username || url.password) addError('credentials belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (url.hostname === '') addError('needs a bucket, like s3://bucket?region=eu-central-1')
  else if (!bucketPattern.test(url.hostname))
    addError('a bucket has 3 to 63 lower-case letters, digits, dots and hyphens')
  if (url.port) addError('a port is not allowed; use the parameter endpoint for another server')
  if (prefix === null || !prefixPattern.test(prefix) || url.hash)
    addError('the path after the bucket may contain only letters, digits, dots, hyphens and underscores')
  const parsed = parameters.safeParse(Object.fromEntries(url.searchParams))
  for (const { message } of parsed.error?.issues ?? []) addError(message)
  const { region, endpoint, pathStyle } = parsed.data ?? {}
  if (parsed.success && region === undefined && endpoint === undefined)
    addError('needs the parameter region, or endpoint for a bucket outside AWS')
  return {
    type: 's3',
    bucket: url.hostname,
    prefix: prefix ?? '',
    region: region ?? defaultRegion,
    endpoint,
    pathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === 'true',
  }
}

/** Parses a valid URL; adds each of its faults to `errors`. */
export const parseStorageUrl = (storageUrl: string | undefined, dataDir: string, errors: string[]): StorageConfig => {
  const addError = (text: string): void => void errors.push(`STORAGE_URL: ${text}`)
  if (storageUrl === undefined) return { type: 'disk', path: resolve(dataDir, 'files') }
  const url = new URL(storageUrl)
  if (url.protocol === 's3:') return parseS3Url(url, addError)
  const path = decodeText(url.pathname)
  if (path === null) addError('the path is not percent-encoded correctly')
  return { type: 'disk', path: path ?? '' }
}
