import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { DeliveryRequest } from '../../../services/ports.ts'

const lifetimeSeconds = 60

/** For so long the text stays the same, and caches know the bytes again. */
const sameTextMs = 20_000

/**
 * Opens one object for at most a minute, by one method: a signature for GET does not open HEAD. The signature covers
 * what the bucket has to say about the bytes, so that nobody gets them shown as something else.
 */
export const presign = (
  client: S3Client,
  object: { Bucket: string; Key: string },
  { method, contentType, contentDisposition }: DeliveryRequest,
): Promise<string> => {
  const input = {
    ...object,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition,
    ResponseCacheControl: `private, max-age=${lifetimeSeconds}, immutable`,
  }
  const command = method === 'HEAD' ? new HeadObjectCommand(input) : new GetObjectCommand(input)
  const signingDate = new Date(Math.floor(Date.now() / sameTextMs) * sameTextMs)
  return getSignedUrl(client, command, { expiresIn: lifetimeSeconds, signingDate })
}
