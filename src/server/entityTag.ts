import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { chooseCoding, sendCoded } from './compression.ts'

const tagPattern = /(?:W\/)?("[^"]*")/g

/** Whether a header If-None-Match names the tag, by the weak comparison of RFC 9110. */
const isNamed = (header: string | undefined, tag: string): boolean =>
  header?.trim() === '*' || [...(header ?? '').matchAll(tagPattern)].some(([, opaque]) => opaque === tag)

/**
 * Sends the data of a query over GET with an ETag, or 304 if the client has them already. Caches must ask each time, and
 * only those of the caller may keep them. Results with errors, and those of POST, are sent without one. Each content
 * coding has a tag of its own, since strong tags stand for equal bytes.
 */
export const sendResult = async (req: IncomingMessage, res: ServerResponse, text: string): Promise<void> => {
  res.setHeader('Cache-Control', 'no-store')
  const coding = chooseCoding(req, res, text)
  // graphql writes errors before the data.
  if (req.method !== 'GET' || res.statusCode !== 200 || !text.startsWith('{"data":{'))
    return sendCoded(res, text, coding)
  const digest = createHash('sha256').update(text).digest('base64url')
  const tag = `"${coding === null ? digest : `${digest}-${coding}`}"`
  res.setHeader('ETag', tag)
  res.setHeader('Cache-Control', 'private, no-cache')
  res.appendHeader('Vary', 'Accept, Authorization, Cookie')
  if (!isNamed(req.headers['if-none-match'], tag)) return sendCoded(res, text, coding)
  res.statusCode = 304
  res.removeHeader('Content-Type')
  res.end()
}
