import type { IncomingMessage, ServerResponse } from 'node:http'

export interface CrossOriginRules {
  /** Exact origins, `https://app.example.com`; none by default. */
  origins: readonly string[]
  methods: readonly string[]
  requestHeaders: readonly string[]
  responseHeaders: readonly string[]
}

const preflightMaxAgeSeconds = 600

/**
 * Sets what a browser needs to let a listed origin read the answer, and nothing for any other origin. Says whether
 * this is a listed origin's preflight, whose answer is then complete but for its status.
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
  res.setHeader('Access-Control-Allow-Headers', rules.requestHeaders.join(', '))
  res.setHeader('Access-Control-Max-Age', String(preflightMaxAgeSeconds))
  return true
}
