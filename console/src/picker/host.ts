import type { FrameMessage, OpenMessage, PickedMedia, PickerOptions, ReadyMessage, TokenMessage } from './protocol.ts'

const openType: OpenMessage['type'] = 'mediagraph-picker-open'
const tokenType: TokenMessage['type'] = 'token'

/** The page that shows the picker. */
export interface Host {
  options: PickerOptions
  /** Returns the token of the page, a new one if the last was rejected. */
  getToken(isRejected: boolean): Promise<string>
  select(media: PickedMedia[]): void
  cancel(): void
}

const createHost = (port: MessagePort, { token: firstToken, options }: OpenMessage): Host => {
  const post = (message: FrameMessage): void => port.postMessage(message)
  let token = Promise.resolve(firstToken)
  let renewal: PromiseWithResolvers<string> | null = null
  port.onmessage = ({ data }) => {
    if (data?.type !== tokenType || typeof data.token !== 'string') return
    renewal?.resolve(data.token)
    renewal = null
  }
  return {
    options,
    getToken(isRejected) {
      // Requests that are rejected together wait for the same new token.
      if (isRejected && renewal === null) {
        renewal = Promise.withResolvers()
        token = renewal.promise
        post({ type: 'token' })
      }
      return token
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
