import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { endResponse } from '../responses.ts'

interface Page {
  status: number
  title: string
  /** HTML. Texts of others must be escaped. */
  body: string
  /** Attributes of the body, for the script. */
  data?: Record<string, string>
  script?: string
}

const style = `
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto 0; padding: 0 1rem; color-scheme: light dark }
  button { font: inherit }
`

const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page may run its own script and talk to this server, and nothing else. */
const policyOf = (script: string): string =>
  [
    "default-src 'none'",
    `script-src ${script === '' ? "'none'" : sourceOf(script)}`,
    `style-src ${sourceOf(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** Sends a page that no cache keeps and that tells no other site its address. */
export const sendPage = (req: IncomingMessage, res: ServerResponse, page: Page): void => {
  const { status, title, body, data = {}, script = '' } = page
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`)
  res.statusCode = status
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('Content-Security-Policy', policyOf(script))
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.setHeader('Cache-Control', 'no-store')
  const parts = [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)} · Mediagraph</title><style>${style}</style>`,
    `<body${attributes.join('')}><h1>${escapeHtml(title)}</h1>${body}`,
    ...(script === '' ? [] : [`<script type="module">${script}</script>`]),
  ]
  endResponse(req, res, `${parts.join('\n')}\n`)
}
