import type { IncomingMessage, ServerResponse } from 'node:http'

export interface CrossOriginRules {
  /** Exact origins, such as `https://app.example.com`; empty by default. */
  origins: readonly string[]
  methods: readonly string[]
  responseHeaders: readonly string[]
}

const preflightMaxAgeSeconds = 600

/** Names of headers, as a preflight lists them. */
const headerNamesPattern = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/

/**
 * Sets the headers that let a listed origin read the response in a browser, and none for any other origin. Returns
 * whether the request is a preflight of a listed origin: its response then lacks only the status.
 */
export const applyCors = (req: IncomingMessage, res: ServerResponse, rules: CrossOriginRules): boolean => {
  if (rules.origins.length === 0) return false
  res.appendHeader('Vary', 'Origin')
  const { origin } = req.headers
  if (origin === undefined || !rules.origins.includes(origin)) return false
  res.setHeader('Access-Control-Allow-Origin', origin)
  res.setHeader('Access-Control-Expose-Headers', rules.responseHeaders.join(', '))
  if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false
  res.setHeader('Access-Control-Allow-Methods', rules.methods.join(', '))
  // Any header: tracing and client libraries add their own. The token is the permission, not the header.
  const requestedHeaders = req.headers['access-control-request-headers'] ?? ''
  if (headerNamesPattern.test(requestedHeaders)) res.setHeader('Access-Control-Allow-Headers', requestedHeaders)
  res.setHeader('Access-Control-Max-Age', String(preflightMaxAgeSeconds))
  return true
}
