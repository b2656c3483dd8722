import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { DeliveryRequest } from '../../../services/kernel/ports.ts'

const defaultLifetimeMs = 60_000
/** The signature itself allows no more. */
const maxLifetimeMs = 7 * 24 * 3600 * 1000

/** For so long the text stays the same, and caches know the bytes again. */
const signingIntervalMs = 20_000

/**
 * Opens one object for at most a minute, or as long as it is asked for, by one method: a signature for GET does not open
 * HEAD. The signature covers
 * what the bucket has to say about the bytes, so that nobody gets them shown as something else.
 */
export const presign = async (
  client: S3Client,
  object: { Bucket: string; Key: string },
  { method, contentType, contentDisposition, until }: DeliveryRequest,
): Promise<string> => {
  const signedAtMs = Math.floor(Date.now() / signingIntervalMs) * signingIntervalMs
  const requestedMs = until === undefined ? 0 : until.getTime() - signedAtMs
  // A signature dies with the credentials that made it.
  const { expiration } = await client.config.credentials()
  const availableMs = Math.min(maxLifetimeMs, (expiration?.getTime() ?? Number.POSITIVE_INFINITY) - signedAtMs)
  const expiresIn = Math.floor(Math.min(Math.max(requestedMs, defaultLifetimeMs), availableMs) / 1000)
  const input = {
    ...object,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition,
    ResponseCacheControl: `private, max-age=${expiresIn}, immutable`,
  }
  const command = method === 'HEAD' ? new HeadObjectCommand(input) : new GetObjectCommand(input)
  return getSignedUrl(client, command, { expiresIn, signingDate: new Date(signedAtMs) })
}
