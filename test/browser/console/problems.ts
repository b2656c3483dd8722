import type { BrowserContext, ConsoleMessage, Page, Request, WebSocket } from 'playwright-core'

export interface Problems {
  /** Everything so far, one line each. */
  lines: readonly string[]
  /** Lines that the test does not expect. */
  unexpected(): string[]
  /** Expects problems whose line matches, such as failed requests while a test blocks the network. */
  allow(pattern: RegExp): void
  /** Follows a context: its pages, their workers and frames, and windows that they open. */
  watch(context: BrowserContext, origin: string): Promise<void>
}

/** Address without its query, which may hold signatures. */
const shorten = (url: string): string => url.split('?', 1)[0] ?? url

const isOwn = (url: string, origin: string): boolean => {
  const { protocol, host } = new URL(url)
  return !['http:', 'https:', 'ws:', 'wss:'].includes(protocol) || host === new URL(origin).host
}

/** Collects what must not happen in any test: errors on the console or page, policy reports, requests to other hosts. */
export const collectProblems = (): Problems => {
  const lines: string[] = []
  const allowed: RegExp[] = []

  const watchPage = (page: Page, origin: string): void => {
    const addForeign = (url: string): void => {
      if (!isOwn(url, origin)) lines.push(`request to another host: ${shorten(url)}`)
    }
    page.on('console', (message: ConsoleMessage) => {
      const { url } = message.location()
      if (message.type() === 'error') lines.push(`console error: ${message.text()}${url && ` (${shorten(url)})`}`)
    })
    page.on('pageerror', (error) => void lines.push(`page error: ${error.stack ?? error}`))
    page.on('request', (request: Request) => addForeign(request.url()))
    page.on('websocket', (socket: WebSocket) => addForeign(socket.url()))
  }

  return {
    lines,
    unexpected: () => lines.filter((line) => !allowed.some((pattern) => pattern.test(line))),
    allow: (pattern) => void allowed.push(pattern),
    async watch(context, origin) {
      context.on('page', (page) => watchPage(page, origin))
      await context.exposeBinding('reportViolation', (_, report: string) => void lines.push(`policy report: ${report}`))
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          const { effectiveDirective, blockedURI, sourceFile, lineNumber, sample } = event
          const report = `${effectiveDirective} blocks ${blockedURI} at ${sourceFile}:${lineNumber} ${sample}`
          // as: the binding above
          ;(window as unknown as { reportViolation(report: string): void }).reportViolation(report)
        })
      })
    },
  }
}
