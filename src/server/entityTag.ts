import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

const tagPattern = /(?:W\/)?("[^"]*")/g

/** Whether a header If-None-Match names the tag, by the weak comparison of RFC 9110. */
const isNamed = (header: string | undefined, tag: string): boolean =>
  header?.trim() === '*' || [...(header ?? '').matchAll(tagPattern)].some(([, opaque]) => opaque === tag)

/**
 * Sends the data of a query over GET with an ETag, or 304 if the client has them already. Caches must ask each time, and
 * only those of the caller may keep them. Results with errors, and those of POST, are sent without one.
 */
export const sendResult = (req: IncomingMessage, res: ServerResponse, text: string): void => {
  res.setHeader('Cache-Control', 'no-store')
  // graphql writes errors before the data.
  if (req.method !== 'GET' || res.statusCode !== 200 || !text.startsWith('{"data":{')) return void res.end(text)
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`
  res.setHeader('ETag', tag)
  res.setHeader('Cache-Control', 'private, no-cache')
  res.appendHeader('Vary', 'Accept, Authorization, Cookie')
  if (!isNamed(req.headers['if-none-match'], tag)) return void res.end(text)
  res.statusCode = 304
  res.removeHeader('Content-Type')
  res.end()
}
