import type { IncomingMessage } from 'node:http'

/** Why a request is not even looked at. */
export interface Refused {
  status: number
  code: string
  message: string
}

interface BodyLimits {
  limitBytes: number
  /** How long it may take to arrive. */
  patienceMs: number
}

const invalid = (status: number, message: string): Refused => ({ status, code: 'INVALID_INPUT', message })

const utf8 = /^"?utf-?8"?$/

/** JSON alone: a form of another site could send the other types without asking first. */
export const unreadable = (req: IncomingMessage): Refused | null => {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';')
  if (type?.trim() !== 'application/json') return invalid(415, 'Send the operation as application/json.')
  const charset = parameters.map((text) => text.trim().split('=')).find(([name]) => name === 'charset')?.[1]
  if (charset !== undefined && !utf8.test(charset)) return invalid(415, 'Send the operation in UTF-8.')
  const encoding = req.headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' ? null : invalid(415, 'Send the operation without a content encoding.')
}

/** Null where the sender went away. Counts what arrives, since a length may be absent. */
export const readBody = async (
  req: IncomingMessage,
  { limitBytes, patienceMs }: BodyLimits,
): Promise<Buffer<ArrayBuffer> | Refused | null> => {
  const tooLarge = invalid(413, `A request holds at most ${limitBytes} bytes.`)
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) return tooLarge
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const finish = (result: Buffer<ArrayBuffer> | Refused | null): void => {
      clearTimeout(timer)
      req.off('data', take)
      resolve(result)
    }
    const take = (chunk: Buffer): void => {
      sizeBytes += chunk.length
      if (sizeBytes > limitBytes) finish(tooLarge)
      else chunks.push(chunk)
    }
    const timer = setTimeout(() => finish(invalid(408, 'The request took too long to arrive.')), patienceMs)
    req.on('data', take)
    req.once('end', () => finish(Buffer.concat(chunks)))
    req.once('error', () => finish(null))
    req.once('close', () => finish(null))
  })
}
