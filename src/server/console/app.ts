import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Storage } from '../../services/kernel/ports.ts'
import { endResponse } from '../responses.ts'
import { escapeHtml, sendPage } from './page.ts'

/** Folder of the built console. Its scripts and styles are in `assets`, with names that change with their content. */
export const consoleFolder = join(import.meta.dirname, '../../../console/dist')

/** Hash of the style that react-aria-components adds to each page; it changes with their version. */
const componentStyle = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"

interface PolicyOptions {
  /** Origin of the bucket to which the addresses of files redirect; null without a bucket. */
  fileOrigin: string | null
  /** Origins whose pages may show the page in a frame. */
  frameOrigins: readonly string[]
}

/** Content security policy of the console's pages: its own scripts, this server and its bucket, and nothing else. */
const policyOf = ({ fileOrigin, frameOrigins }: PolicyOptions): string => {
  const sources = ["'self'", ...(fileOrigin === null ? [] : [fileOrigin])].join(' ')
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src-elem 'self' ${componentStyle}`,
    "style-src-attr 'none'",
    ...['img', 'media', 'connect', 'frame'].map((type) => `${type}-src ${sources}`),
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frameOrigins.length === 0 ? "'none'" : frameOrigins.join(' ')}`,
    "require-trusted-types-for 'script'",
    'trusted-types mediagraph',
  ].join('; ')
}

/** Returns the origin to which the storage redirects; null if this server sends the bytes itself. */
const readFileOrigin = async (storage: Pick<Storage, 'deliver'>): Promise<string | null> => {
  const request = { method: 'GET', contentType: 'text/plain', contentDisposition: 'inline' } as const
  const delivery = await storage.deliver('blobs/origin', request)
  return delivery.type === 'redirect' ? new URL(delivery.url).origin : null
}

/** Relative path from a page of the console to `/console/`: proxies may serve it below any other path. */
const toConsolePath = (url: string): string => {
  const [path = ''] = url.split('?', 1)
  return '../'.repeat(path.split('/').length - 3) || './'
}

export interface AppOptions {
  /** Name of the page's file in the built console. */
  file: string
  storage: Pick<Storage, 'deliver'>
  /** Origins whose pages may show the page in a frame. */
  frameOrigins: readonly string[]
  /** Contents of the page's meta elements by their names. */
  metas: Readonly<Record<string, string>>
}

export type SendApp = (req: IncomingMessage, res: ServerResponse) => Promise<void>

const writeMeta = (html: string, [name, content]: [string, string]): string =>
  html.replace(new RegExp(`name="${name}" content="[^"]*"`), () => `name="${name}" content="${escapeHtml(content)}"`)

/** Creates the sender of a page of the console: that of every screen, or that of the picker. */
export const createSendApp = ({ file, storage, frameOrigins, metas }: AppOptions): SendApp => {
  const read = async () => ({
    html: Object.entries(metas).reduce(writeMeta, await readFile(join(consoleFolder, file), 'utf8')),
    policy: policyOf({ fileOrigin: await readFileOrigin(storage), frameOrigins }),
  })
  let page: ReturnType<typeof read> | null = null

  return async (req, res) => {
    page ??= read()
    const loaded = await page.catch((error: NodeJS.ErrnoException) => {
      page = null
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (loaded === null) {
      const body = '<p>The console is not built. Run <code>npm run generate</code> and reload this page.</p>'
      return sendPage(req, res, { status: 503, title: 'Console', body })
    }
    const path = toConsolePath(req.url ?? '')
    const html = writeMeta(loaded.html, ['console-path', path]).replaceAll('"./', `"${path}`)
    res.statusCode = 200
    res.setHeader('Content-Type', 'text/html; charset=utf-8')
    res.setHeader('Content-Security-Policy', loaded.policy)
    res.setHeader('Referrer-Policy', 'no-referrer')
    // The names of its scripts change with each version.
    res.setHeader('Cache-Control', 'no-store')
    endResponse(req, res, req.method === 'HEAD' ? '' : html)
  }
}
