import { ListObjectsV2Command, type S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { ConfigError } from '../../../services/config/config.ts'
import type { S3Config } from '../../../services/config/storage.ts'
import type { Logger } from '../../../services/kernel/ports.ts'
import { smallRequestTimeoutMs } from './client.ts'

/** Remedies for errors that only an administrator can fix, by error code. */
const remedies: Record<string, string> = {
  NoSuchBucket: 'create the bucket, or correct its name, region and endpoint',
  InvalidAccessKeyId: 'correct AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'correct AWS_SECRET_ACCESS_KEY, or the region',
  AccessDenied: 'allow these credentials to list the bucket, and to get, put and delete its objects',
  PermanentRedirect: 'correct the region: the bucket is in another one',
  AuthorizationHeaderMalformed: 'correct the region: the bucket is in another one',
  ExpiredToken: 'renew AWS_SESSION_TOKEN and the keys that belong to it',
  InvalidToken: 'correct AWS_SESSION_TOKEN',
  RequestTimeTooSkewed: 'set the clock of this machine',
  CredentialsProviderError: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role',
}

/**
 * Checks the bucket by listing one key: unlike a HEAD of the bucket, the response contains the error, and no permission
 * is needed that is not needed later. A wrong configuration prevents the start. An unreachable endpoint does not:
 * everything but the bytes works without it, and it is used again as soon as it is back.
 */
export const checkBucket = async (
  client: S3Client,
  { bucket, prefix, endpoint }: S3Config,
  log: Logger,
): Promise<void> => {
  const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix && `${prefix}/`, MaxKeys: 1 })
  const place = `the bucket "${bucket}" at ${endpoint ?? 'AWS'}`
  try {
    await client.send(command, { abortSignal: AbortSignal.timeout(smallRequestTimeoutMs) })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const remedy = remedies[error.name] ?? (isPermanentError(error) ? 'correct the URL' : null)
    if (remedy !== null)
      throw new ConfigError([`STORAGE_URL: ${place} cannot be used (${error.name}: ${error.message}): ${remedy}`], {
        cause: error,
      })
    log.warn(
      { err: error },
      `Failed to reach ${place}; files can be neither stored nor read until it is back. Check STORAGE_URL and the network.`,
    )
  }
}

/** Whether a retry would get the same response: a redirect or client error, but not 408 or 429. */
const isPermanentError = (error: Error): boolean => {
  const status = (error instanceof S3ServiceException && error.$metadata.httpStatusCode) || 0
  return status >= 300 && status < 500 && status !== 408 && status !== 429
}
