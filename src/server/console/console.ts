import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '../../services/kernel/ports.ts'
import { httpStatuses, internalErrorMessage, retryHeadersOf, toRefusal } from '../responses.ts'
import { type AppOptions, createSendApp } from './app.ts'
import { finishSignIn, type IssuerPagesOptions, showSignIn } from './issuerPages.ts'
import { escapeHtml, sendPage } from './page.ts'
import { createSendPicker, createSendPickerScript } from './picker.ts'
import { createSession, deleteSession, type SessionEndpointOptions, sendJsonRejection } from './sessionEndpoint.ts'

interface ConsoleOptions
  extends SessionEndpointOptions,
    Omit<IssuerPagesOptions, 'sendApp'>,
    Pick<AppOptions, 'storage'> {
  /** Origins whose pages may show the picker in a frame. */
  corsOrigins: readonly string[]
  log: Logger
}

type Handle = (req: IncomingMessage, res: ServerResponse, requestId: string) => Promise<void> | void

interface Endpoint {
  /** Whether people see its refusals, not programs. */
  isPage: boolean
  methods: Record<string, Handle>
}

type Handler = (...request: Parameters<Handle>) => Promise<void>

/**
 * Creates the console's page and the sign-in of browsers: the session's cookie, and the way to the login service. Returns
 * a handler per path, since a path can be written in several ways, which the router knows.
 */
export const createConsole = (options: ConsoleOptions): Record<string, Handler> => {
  const { log, storage, corsOrigins, hasLoginService, offersLinks } = options
  const signInMethods = [...(offersLinks || !hasLoginService ? ['link'] : []), ...(hasLoginService ? ['service'] : [])]
  const metas = { 'sign-in-methods': signInMethods.join(' ') }
  const sendApp = createSendApp({ file: 'index.html', storage, frameOrigins: [], metas })
  const sendPicker = createSendPicker({ storage, corsOrigins })
  const sendPickerScript = createSendPickerScript({ corsOrigins })
  const pages = { ...options, sendApp }
  const endpoints: Record<string, Endpoint> = {
    '/console/*': { isPage: true, methods: { GET: sendApp, HEAD: sendApp } },
    '/console/picker': { isPage: true, methods: { GET: sendPicker, HEAD: sendPicker } },
    '/console/picker.js': { isPage: false, methods: { GET: sendPickerScript, HEAD: sendPickerScript } },
    '/console/session': { isPage: false, methods: { POST: createSession(options), DELETE: deleteSession(options) } },
    '/console/sign-in': { isPage: true, methods: { GET: showSignIn(pages) } },
    '/console/callback': { isPage: true, methods: { GET: finishSignIn(pages) } },
  }

  const sendRefusal = (
    req: IncomingMessage,
    res: ServerResponse,
    { isPage, ...rejection }: { isPage: boolean; status: number; code: string; message: string },
  ): void => {
    const { status, message } = rejection
    if (!isPage) {
      sendJsonRejection(req, res, rejection)
      return
    }
    if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
    const body = `<p>${escapeHtml(message)}</p><p><a href="sign-in">Sign in</a></p>`
    sendPage(req, res, { status, title: 'Failed to sign in', body })
  }

  const createHandler =
    ({ isPage, methods }: Endpoint): Handler =>
    async (req, res, requestId) => {
      const handle = methods[req.method ?? '']
      if (handle === undefined) {
        res.setHeader('Allow', Object.keys(methods).join(', '))
        const message = `This address supports ${Object.keys(methods).join(' and ')} only.`
        return sendRefusal(req, res, { isPage, status: 405, code: 'INVALID_INPUT', message })
      }
      try {
        await handle(req, res, requestId)
      } catch (error) {
        const refusal = toRefusal(error, { log, requestId })
        if (refusal === null) log.error({ err: error, requestId }, 'Failed to handle a request.')
        const { code, message } = refusal ?? { code: 'INTERNAL_SERVER_ERROR', message: internalErrorMessage(requestId) }
        for (const [name, value] of Object.entries(refusal === null ? {} : retryHeadersOf(refusal)))
          res.setHeader(name, value)
        sendRefusal(req, res, { isPage, status: refusal === null ? 500 : httpStatuses[refusal.code], code, message })
      }
    }

  return Object.fromEntries(Object.entries(endpoints).map(([path, endpoint]) => [path, createHandler(endpoint)]))
}
