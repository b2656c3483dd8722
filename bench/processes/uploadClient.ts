import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { serveRequests } from './rpc.ts'

export interface UploadRequest {
  url: string
  method: 'PATCH' | 'PUT'
  headers: Record<string, string>
  sizeBytes: number
}

/** Sends all of them at once. */
export interface UploadCrowdRequest {
  crowd: UploadRequest[]
}

export interface UploadCrowdReply {
  /** Time from the first connection to the end of the last answer. */
  seconds: number
  replies: UploadReply[]
}

export interface UploadReply {
  /** Time from connecting to the end of the answer. */
  seconds: number
  /** SHA-256 of the sent bytes; computed after the answer, so that it does not slow the upload down. */
  sha256: string
  /** SHA-256 that the server answered, if any. */
  answeredSha256: string | undefined
}

const block = randomBytes(1024 * 1024)

/** Returns a unique first block: the server would recognise content that it has already stored. */
const firstBlock = (): Buffer => Buffer.concat([randomBytes(64), block.subarray(64)])

interface SentUpload {
  seconds: number
  answeredSha256: string | undefined
  first: Buffer
}

const send = async ({ url, method, headers, sizeBytes }: UploadRequest): Promise<SentUpload> => {
  const first = firstBlock()
  const blocks = sizeBytes / block.length
  const startMs = performance.now()
  const outgoing = request(url, { method, headers: { ...headers, 'Content-Length': String(sizeBytes) }, agent: false })
  const responseEvent = once(outgoing, 'response') as Promise<[IncomingMessage]> // as: events carry no types
  responseEvent.catch(() => undefined)
  for (let index = 0; index < blocks; index++)
    if (!outgoing.write(index === 0 ? first : block)) await Promise.race([once(outgoing, 'drain'), responseEvent])
  outgoing.end()
  const [response] = await responseEvent
  response.resume()
  await once(response, 'end')
  const seconds = (performance.now() - startMs) / 1000
  if (response.statusCode !== 204) throw new Error(`${url} answered ${response.statusCode}.`)
  const sha256Header = response.headers['x-sha256']
  return { seconds, answeredSha256: typeof sha256Header === 'string' ? sha256Header : undefined, first }
}

const toReply = ({ sizeBytes }: UploadRequest, { first, ...sent }: SentUpload): UploadReply => {
  const blocks = sizeBytes / block.length
  const hash = createHash('sha256')
  for (let index = 0; index < blocks; index++) hash.update(index === 0 ? first : block)
  return { ...sent, sha256: hash.digest('hex') }
}

const upload = async (request: UploadRequest): Promise<UploadReply> => toReply(request, await send(request))

const uploadCrowd = async ({ crowd }: UploadCrowdRequest): Promise<UploadCrowdReply> => {
  const startMs = performance.now()
  const sent = await Promise.all(crowd.map(async (request) => ({ request, result: await send(request) })))
  const seconds = (performance.now() - startMs) / 1000
  return { seconds, replies: sent.map(({ request, result }) => toReply(request, result)) }
}

serveRequests(
  (request: UploadRequest | UploadCrowdRequest): Promise<unknown> =>
    'crowd' in request ? uploadCrowd(request) : upload(request),
)
