import type { FrameMessage, OpenMessage, PickerOptions, ReadyMessage, TokenMessage } from '../src/picker/protocol.ts'

const style = `
  dialog { box-sizing: border-box; width: min(80rem, 100% - 2rem); height: min(56rem, 100% - 2rem); max-width: none;
    max-height: none; padding: 0; overflow: hidden; border: 0; border-radius: 10px; box-shadow: 0 16px 48px #0005 }
  dialog::backdrop { background: #0a0c128c }
  iframe { display: block; width: 100%; height: 100%; border: 0 }
  @media (max-width: 640px) { dialog { width: 100%; height: 100%; border-radius: 0 } }
`

const readyType: ReadyMessage['type'] = 'mediagraph-picker-ready'

/** How long the frame may take to answer after it was loaded. */
const readyTimeoutMs = 5000

/** Shows the media library of a Mediagraph server above the page, and reports what a person picks in it. */
class MediagraphPicker extends HTMLElement {
  /** Returns a token of the person who picks. It is called again when the server rejects the last one. */
  // Declared only: a value that the page set before this script was loaded must stay.
  declare getToken?: () => Promise<string> | string
  #opening: AbortController | null = null

  /** Opens the dialog, unless it is open. */
  open(): void {
    const { getToken } = this
    if (this.#opening !== null) return
    if (getToken === undefined) throw new Error('Set the property getToken of <mediagraph-picker> before it is opened.')
    this.#opening = new AbortController()
    const { signal } = this.#opening
    const server = this.getAttribute('server')?.replace(/\/*$/, '/') ?? new URL('..', import.meta.url)
    const url = new URL('console/picker', new URL(server, location.href))
    const token = this.#askToken()

    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]
    const dialog = document.createElement('dialog')
    const frame = document.createElement('iframe')
    dialog.ariaLabel = frame.title = this.getAttribute('label') ?? 'Media library'
    frame.src = url.href
    dialog.append(frame)
    root.append(dialog)

    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      this.#finish('cancel')
    })
    dialog.addEventListener('click', ({ target }) => target === dialog && this.#finish('cancel'))
    signal.addEventListener('abort', () => {
      // Closing returns the focus to the element that had it.
      dialog.close()
      dialog.remove()
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    let isReady = false
    frame.addEventListener('load', () => {
      const message = `The picker at ${url.origin} does not answer. Does CORS_ORIGINS of the server list ${location.origin}?`
      if (!isReady) timer = setTimeout(() => this.#fail(new Error(message)), readyTimeoutMs)
    })
    signal.addEventListener('abort', () => clearTimeout(timer))
    const receive = async ({ source, origin, data }: MessageEvent): Promise<void> => {
      if (source === null || source !== frame.contentWindow || origin !== url.origin || data?.type !== readyType) return
      isReady = true
      clearTimeout(timer)
      const firstToken = await token
      if (firstToken === null || signal.aborted) return
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = (event) => void this.#answer(event.data, port1)
      signal.addEventListener('abort', () => port1.close())
      const message: OpenMessage = { type: 'mediagraph-picker-open', token: firstToken, options: this.#readOptions() }
      frame.contentWindow?.postMessage(message, url.origin, [port2])
    }
    addEventListener('message', (event) => void receive(event), { signal })
    dialog.showModal()
  }

  /** Closes the dialog without an event. The focus returns to the element that had it. */
  close(): void {
    this.#opening?.abort()
    this.#opening = null
  }

  disconnectedCallback(): void {
    this.close()
  }

  #readOptions(): PickerOptions {
    const kinds = this.getAttribute('kinds')?.toUpperCase().match(/\w+/g)
    return {
      kinds: kinds ?? null,
      isMultiple: this.hasAttribute('multiple'),
      max: Number(this.getAttribute('max')) || null,
      folder: this.getAttribute('folder'),
      search: this.getAttribute('search'),
      language: this.lang || document.documentElement.lang,
    }
  }

  /** Returns a token of the page; null if it has none, which closes the dialog. */
  async #askToken(): Promise<string | null> {
    const opening = this.#opening
    try {
      return (await this.getToken?.()) ?? null
    } catch (error) {
      if (opening === this.#opening) this.#fail(error)
      return null
    }
  }

  async #answer(message: FrameMessage, port: MessagePort): Promise<void> {
    if (message.type !== 'token') return this.#finish(message.type, message.type === 'select' ? message.media : null)
    const token = await this.#askToken()
    if (token !== null) port.postMessage({ type: 'token', token } satisfies TokenMessage)
  }

  #fail(error: unknown): void {
    this.#finish('error', { message: String(error instanceof Error ? error.message : error), error })
  }

  #finish(type: 'select' | 'cancel' | 'error', detail: unknown = null): void {
    if (this.#opening === null) return
    this.close()
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

// A second script on the same page changes nothing.
if (customElements.get('mediagraph-picker') === undefined) customElements.define('mediagraph-picker', MediagraphPicker)
