import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { NotFoundError } from '../../services/kernel/errors.ts'
import { chooseCoding, sendCoded } from '../compression.ts'
import { applyCors } from '../crossOrigin.ts'
import { type AppOptions, consoleFolder, createSendApp, type SendApp } from './app.ts'

interface PickerOptions {
  /** Origins whose pages may show the picker in a frame. */
  corsOrigins: readonly string[]
}

/** Creates the sender of the picker's page. It tells the page from which origins it may take a token. */
export const createSendPicker = ({ storage, corsOrigins }: PickerOptions & Pick<AppOptions, 'storage'>): SendApp =>
  createSendApp({
    file: 'picker.html',
    storage,
    frameOrigins: corsOrigins,
    metas: { 'frame-origins': corsOrigins.join(' ') },
  })

const crossOrigin = { methods: ['GET', 'HEAD'], responseHeaders: ['X-Request-Id'] }

/** Creates the sender of the script that defines `<mediagraph-picker>`, for pages of the listed origins. */
export const createSendPickerScript = ({ corsOrigins }: PickerOptions): SendApp => {
  let script: Promise<string> | null = null

  return async (req: IncomingMessage, res: ServerResponse) => {
    applyCors(req, res, { origins: corsOrigins, ...crossOrigin })
    script ??= readFile(join(consoleFolder, 'picker.js'), 'utf8')
    const text = await script.catch((error: NodeJS.ErrnoException) => {
      script = null
      if (error.code !== 'ENOENT') throw error
      throw new NotFoundError('The console is not built. Run `npm run generate` and try again.')
    })
    res.statusCode = 200
    res.setHeader('Content-Type', 'text/javascript; charset=utf-8')
    // Its name never changes: pages of other sites contain it.
    res.setHeader('Cache-Control', 'public, max-age=300')
    return sendCoded(res, req.method === 'HEAD' ? '' : text, chooseCoding(req, res, text))
  }
}
