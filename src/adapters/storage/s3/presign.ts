import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { DeliveryRequest } from '../../../services/kernel/ports.ts'

const defaultLifetimeMs = 60_000
/** Maximum lifetime that the signature format allows. */
const maxLifetimeMs = 7 * 24 * 3600 * 1000

/** Time for which the URL stays the same, so that caches recognise the file. */
const signingIntervalMs = 20_000

/**
 * Returns a URL that opens one object for a minute, or until `until` if that is later. It is valid for one method: a
 * signature for GET does not allow HEAD. The signature covers the response headers, so that the bytes cannot be
 * presented as another type.
 */
export const presign = async (
  client: S3Client,
  object: { Bucket: string; Key: string },
  { method, contentType, contentDisposition, reusableUntil: until }: DeliveryRequest,
): Promise<string> => {
  const signedAtMs = Math.floor(Date.now() / signingIntervalMs) * signingIntervalMs
  const requestedMs = until === undefined ? 0 : until.getTime() - signedAtMs
  // A signature expires with the credentials that made it.
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
