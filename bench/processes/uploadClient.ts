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

const upload = async ({ url, method, headers, sizeBytes }: UploadRequest): Promise<UploadReply> => {
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
  const hash = createHash('sha256')
  for (let index = 0; index < blocks; index++) hash.update(index === 0 ? first : block)
  const sha256Header = response.headers['x-sha256']
  return {
    seconds,
    sha256: hash.digest('hex'),
    answeredSha256: typeof sha256Header === 'string' ? sha256Header : undefined,
  }
}

serveRequests(upload)
