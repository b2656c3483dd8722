import type { FrameMessage, OpenMessage, PickedMedia, PickerOptions, ReadyMessage, TokenMessage } from './protocol.ts'

const openType: OpenMessage['type'] = 'mediagraph-picker-open'
const tokenType: TokenMessage['type'] = 'token'

/** The page that shows the picker. */
export interface Host {
  options: PickerOptions
  /** Returns the token of the page, another one than `rejected`. */
  getToken(rejected?: string): Promise<string>
  select(media: PickedMedia[]): void
  cancel(): void
}

const createHost = (port: MessagePort, { token: firstToken, options }: OpenMessage): Host => {
  const post = (message: FrameMessage): void => port.postMessage(message)
  let token = firstToken
  let renewal: PromiseWithResolvers<string> | null = null
  port.onmessage = ({ data }) => {
    if (data?.type !== tokenType || typeof data.token !== 'string') return
    token = data.token
    renewal?.resolve(token)
    renewal = null
  }
  return {
    options,
    async getToken(rejected) {
      // Requests that were rejected with the same token share the new one.
      if (renewal === null && rejected === token) {
        renewal = Promise.withResolvers()
        post({ type: 'token' })
      }
      return renewal === null ? token : renewal.promise
    },
    select: (media) => post({ type: 'select', media }),
    cancel: () => post({ type: 'cancel' }),
  }
}

interface FrameOptions {
  frame: Pick<Window, 'addEventListener' | 'removeEventListener'> & { parent: Pick<Window, 'postMessage'> }
  /** Origins whose pages may send a token. */
  origins: readonly string[]
}

/**
 * Tells the parent that the picker is ready, and waits for its port. Messages of other windows and origins are ignored: a
 * page that is not listed must neither choose who picks nor receive what is picked.
 */
export const waitForHost = ({ frame, origins }: FrameOptions): Promise<Host> =>
  new Promise((resolve) => {
    const receive = ({ source, origin, data, ports: [port] }: MessageEvent): void => {
      if (source !== frame.parent || !origins.includes(origin) || data?.type !== openType || port === undefined) return
      frame.removeEventListener('message', receive)
      resolve(createHost(port, data))
    }
    frame.addEventListener('message', receive)
    // Any page may read this.
    frame.parent.postMessage({ type: 'mediagraph-picker-ready' } satisfies ReadyMessage, '*')
  })
