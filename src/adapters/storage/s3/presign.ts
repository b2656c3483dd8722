import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { DeliveryRequest } from '../../../services/kernel/ports.ts'

const usualMs = 60_000
/** The signature itself allows no more. */
const longestMs = 7 * 24 * 3600 * 1000

/** For so long the text stays the same, and caches know the bytes again. */
const sameTextMs = 20_000

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
  const signedMs = Math.floor(Date.now() / sameTextMs) * sameTextMs
  const wantedMs = until === undefined ? 0 : until.getTime() - signedMs
  // A signature dies with the credentials that made it.
  const { expiration } = await client.config.credentials()
  const possibleMs = Math.min(longestMs, (expiration?.getTime() ?? Number.POSITIVE_INFINITY) - signedMs)
  const expiresIn = Math.floor(Math.min(Math.max(wantedMs, usualMs), possibleMs) / 1000)
  const input = {
    ...object,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition,
    ResponseCacheControl: `private, max-age=${expiresIn}, immutable`,
  }
  const command = method === 'HEAD' ? new HeadObjectCommand(input) : new GetObjectCommand(input)
  return getSignedUrl(client, command, { expiresIn, signingDate: new Date(signedMs) })
}
