import { S3Client } from '@aws-sdk/client-s3'
import type { S3Config } from '../../../services/config/storage.ts'

/** How long a small request may take, including retries. Shorter than the transaction that removes a blob. */
export const smallRequestTimeoutMs = 10_000

/** Creates the client. Credentials come from the SDK's own chain: the environment, a profile, the machine's role. */
export const createS3Client = ({
  region,
  endpoint,
  pathStyle,
}: Pick<S3Config, 'region' | 'endpoint' | 'pathStyle'>): S3Client =>
  new S3Client({
    region,
    endpoint,
    forcePathStyle: pathStyle,
    // The SDK's default checksums are specific to AWS; other vendors refuse them or return wrong ones.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5000, socketTimeout: 60_000 },
  })
