import type { IncomingMessage } from 'node:http'

/** Response to a request that is rejected before GraphQL reads it. */
export interface RequestRejection {
  status: number
  code: string
  message: string
  /** Value of the header Retry-After. */
  retryAfterSeconds?: number
}

interface BodyLimits {
  maxBytes: number
  /** How long the body may take to arrive. */
  timeoutMs: number
}

const createRejection = (status: number, message: string): RequestRejection => ({
  status,
  code: 'INVALID_INPUT',
  message,
})

const utf8Pattern = /^"?utf-?8"?$/

/**
 * Accepts JSON only: forms of other sites can send some other types without a preflight. Returns null if the headers
 * are valid.
 */
export const checkContentHeaders = (req: IncomingMessage): RequestRejection | null => {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';')
  if (type?.trim() !== 'application/json')
    return createRejection(415, 'The content type is not supported. Send the operation as application/json.')
  const charset = parameters.map((text) => text.trim().split('=')).find(([name]) => name === 'charset')?.[1]
  if (charset !== undefined && !utf8Pattern.test(charset))
    return createRejection(415, 'The charset is not supported. Send the operation in UTF-8.')
  const encoding = req.headers['content-encoding'] ?? 'identity'
  return encoding === 'identity'
    ? null
    : createRejection(415, 'Content encodings are not supported. Send the operation uncompressed.')
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Refuses parameters of a GET that GraphQL Yoga would fail to parse. Returns null if they are valid. */
export const checkSearch = (search: URLSearchParams): RequestRejection | null => {
  const invalid = ['variables', 'extensions'].find((name) => search.get(name) && !isJson(search.get(name) ?? ''))
  return invalid === undefined ? null : createRejection(400, `The parameter "${invalid}" is not JSON. Send it as JSON.`)
}

/**
 * Reads the body of a request. Resolves to null if the client disconnects. Counts the received bytes, since
 * Content-Length may be absent.
 */
export const readBody = async (
  req: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer<ArrayBuffer> | RequestRejection | null> => {
  const tooLarge = createRejection(413, `The request body is too large. Send at most ${maxBytes} bytes.`)
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) return tooLarge
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const finish = (result: Buffer<ArrayBuffer> | RequestRejection | null): void => {
      clearTimeout(timer)
      req.off('data', onData)
      resolve(result)
    }
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) finish(tooLarge)
      else chunks.push(chunk)
    }
    const timer = setTimeout(
      () => finish(createRejection(408, 'The request body took too long to arrive. Send the request again.')),
      timeoutMs,
    )
    req.on('data', onData)
    req.once('end', () => finish(Buffer.concat(chunks)))
    req.once('error', () => finish(null))
    req.once('close', () => finish(null))
  })
}
