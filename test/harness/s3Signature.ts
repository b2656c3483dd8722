import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export interface S3Credentials {
  accessKeyId: string
  secretAccessKey: string
}

interface Claim {
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

const claimOf = ({ headers }: IncomingMessage, query: URLSearchParams): Claim | null => {
  const [, credential, signedHeaders, signature] =
    /^AWS4-HMAC-SHA256 Credential=(.+), ?SignedHeaders=(.+), ?Signature=(.+)$/.exec(headers.authorization ?? '') ?? []
  if (credential !== undefined && signedHeaders !== undefined && signature !== undefined) {
    const [date, payloadHash] = [String(headers['x-amz-date']), String(headers['x-amz-content-sha256'])]
    return { credential, date, signedHeaders, signature, payloadHash, expiresSeconds: null }
  }
  const of = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  if (of('Algorithm') !== 'AWS4-HMAC-SHA256') return null
  return {
    credential: of('Credential'),
    date: of('Date'),
    signedHeaders: of('SignedHeaders'),
    signature: of('Signature'),
    payloadHash: 'UNSIGNED-PAYLOAD',
    expiresSeconds: Number(of('Expires')),
  }
}

const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

/**
 * Signature Version 4, in headers or presigned, as AWS describes it. Null where the request is signed rightly, else the
 * code of the refusal. The servers on npm pass over it, or get bucket URLs and some characters wrong.
 */
export const refusalOf = (req: IncomingMessage, known: S3Credentials): string | null => {
  const { pathname, searchParams: query } = new URL(req.url ?? '/', 'http://s3')
  const claim = claimOf(req, query)
  if (claim === null) return 'AccessDenied'
  const [accessKeyId, ...scope] = claim.credential.split('/')
  if (accessKeyId !== known.accessKeyId) return 'InvalidAccessKeyId'
  if (claim.expiresSeconds !== null && Date.now() > timeOf(claim.date) + claim.expiresSeconds * 1000)
    return 'AccessDenied'
  const parameters = [...query].filter(([name]) => name !== 'X-Amz-Signature')
  const canonical = [
    req.method,
    pathname,
    parameters
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...claim.signedHeaders.split(';').map((name) => `${name}:${String(req.headers[name]).trim()}`),
    '',
    claim.signedHeaders,
    claim.payloadHash,
  ].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${known.secretAccessKey}`)
  const expected = hmac(key, ['AWS4-HMAC-SHA256', claim.date, scope.join('/'), digest].join('\n')).toString('hex')
  return expected === claim.signature ? null : 'SignatureDoesNotMatch'
}
