import type { IncomingMessage } from 'node:http'

interface OriginOptions {
  publicUrl: string
  corsOrigins: readonly string[]
}

/**
 * Whether a page of another site sends the request: its origin is neither the server's own nor a listed one. Programs
 * send no origin.
 */
export const isUntrustedOrigin = ({ headers }: IncomingMessage, { publicUrl, corsOrigins }: OriginOptions): boolean => {
  const { origin, host } = headers
  if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site'
  if (corsOrigins.includes(origin) || origin === new URL(publicUrl).origin) return false
  return host === undefined || URL.parse(origin)?.host !== host
}
