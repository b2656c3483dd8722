import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
}

interface RequestSignature {
  credential: string
  date: string
  signedHeaders: string
  signature: string
  payloadHash: string
  expiresSeconds: number | null
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const parseSignature = ({ headers }: IncomingMessage, query: URLSearchParams): RequestSignature | null => {
  const [, credential, signedHeaders, signature] =
    /^AWS4-HMAC-SHA256 Credential=(.+), ?SignedHeaders=(.+), ?Signature=(.+)$/.exec(headers.authorization ?? '') ?? []
  if (credential !== undefined && signedHeaders !== undefined && signature !== undefined) {
    const [date, payloadHash] = [String(headers['x-amz-date']), String(headers['x-amz-content-sha256'])]
    return { credential, date, signedHeaders, signature, payloadHash, expiresSeconds: null }
  }
  const readParameter = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  if (readParameter('Algorithm') !== 'AWS4-HMAC-SHA256') return null
  return {
    credential: readParameter('Credential'),
    date: readParameter('Date'),
    signedHeaders: readParameter('SignedHeaders'),
    signature: readParameter('Signature'),
    payloadHash: 'UNSIGNED-PAYLOAD',
    expiresSeconds: Number(readParameter('Expires')),
  }
}

const parseAmzDate = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

/**
 * Verifies AWS Signature Version 4, in headers or in a presigned URL. Returns null if the signature is valid, else the
 * S3 error code. The S3 servers on npm skip this check, or fail on bucket URLs and on some characters.
 */
export const findSignatureError = (req: IncomingMessage, credentials: S3Credentials): string | null => {
  const { pathname, searchParams: query } = new URL(req.url ?? '/', 'http://s3')
  const requestSignature = parseSignature(req, query)
  if (requestSignature === null) return 'AccessDenied'
  const [accessKeyId, ...scope] = requestSignature.credential.split('/')
  if (accessKeyId !== credentials.accessKeyId) return 'InvalidAccessKeyId'
  if (
    requestSignature.expiresSeconds !== null &&
    Date.now() > parseAmzDate(requestSignature.date) + requestSignature.expiresSeconds * 1000
  )
    return 'AccessDenied'
  const parameters = [...query].filter(([name]) => name !== 'X-Amz-Signature')
  const canonicalRequest = [
    req.method,
    pathname,
    parameters
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...requestSignature.signedHeaders.split(';').map((name) => `${name}:${String(req.headers[name]).trim()}`),
    '',
    requestSignature.signedHeaders,
    requestSignature.payloadHash,
  ].join('\n')
  const digest = createHash('sha256').update(canonicalRequest).digest('hex')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`)
  const expected = hmac(key, ['AWS4-HMAC-SHA256', requestSignature.date, scope.join('/'), digest].join('\n')).toString(
    'hex',
  )
  return expected === requestSignature.signature ? null : 'SignatureDoesNotMatch'
}
