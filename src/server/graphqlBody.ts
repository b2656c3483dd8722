import type { IncomingMessage } from 'node:http'

/** Why a request is not even looked at. */
export interface RequestRejection {
  status: number
  code: string
  message: string
}

interface BodyLimits {
  maxBytes: number
  /** How long it may take to arrive. */
  timeoutMs: number
}

const createRejection = (status: number, message: string): RequestRejection => ({
  status,
  code: 'INVALID_INPUT',
  message,
})

const utf8Pattern = /^"?utf-?8"?$/

/** JSON alone: a form of another site could send the other types without asking first. */
export const checkContentHeaders = (req: IncomingMessage): RequestRejection | null => {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';')
  if (type?.trim() !== 'application/json') return createRejection(415, 'Send the operation as application/json.')
  const charset = parameters.map((text) => text.trim().split('=')).find(([name]) => name === 'charset')?.[1]
  if (charset !== undefined && !utf8Pattern.test(charset)) return createRejection(415, 'Send the operation in UTF-8.')
  const encoding = req.headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? null : createRejection(415, 'Send the operation without a content encoding.')
}

/** Null where the sender went away. Counts what arrives, since a length may be absent. */
export const readBody = async (
  req: IncomingMessage,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer<ArrayBuffer> | RequestRejection | null> => {
  const tooLarge = createRejection(413, `A request holds at most ${maxBytes} bytes.`)
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
    const timer = setTimeout(() => finish(createRejection(408, 'The request took too long to arrive.')), timeoutMs)
    req.on('data', onData)
    req.once('end', () => finish(Buffer.concat(chunks)))
    req.once('error', () => finish(null))
    req.once('close', () => finish(null))
  })
}
