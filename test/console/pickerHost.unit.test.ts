import { describe, expect, it, onTestFinished } from 'vitest'
import { type Host, waitForHost } from '../../console/src/picker/host.ts'
import type { PickerOptions } from '../../console/src/picker/protocol.ts'

const origin = 'https://lms.example'
const options: PickerOptions = { kinds: null, isMultiple: false, max: null, folder: null, search: null, language: 'en' }

const openMessage = { type: 'mediagraph-picker-open', token: 'first', options }

const createChannel = (): MessageChannel => {
  const channel = new MessageChannel()
  onTestFinished(() => channel.port1.close())
  return channel
}

/** A frame whose parent and messages belong to the test. */
const openFrame = () => {
  const sent: unknown[][] = []
  const parent = { postMessage: (...message: unknown[]) => void sent.push(message) }
  const target = new EventTarget()
  const frame = Object.assign(target, { parent }) as unknown as Parameters<typeof waitForHost>[0]['frame'] // as: it has what is used
  const send = (part: Partial<{ source: unknown; origin: string; data: unknown; ports: unknown[] }>): void => {
    const message = { source: parent, origin, data: openMessage, ports: [createChannel().port2], ...part }
    target.dispatchEvent(Object.assign(new Event('message'), message))
  }
  let host: Host | null = null
  const waiting = waitForHost({ frame, origins: [origin] }).then((found) => {
    host = found
    return found
  })
  const settle = async (): Promise<Host | null> => {
    await Promise.resolve()
    await Promise.resolve()
    return host
  }
  return { sent, send, waiting, settle }
}

describe('waitForHost', () => {
  it('tells any parent that the picker is ready, and nothing else', () => {
    expect(openFrame().sent).toEqual([[{ type: 'mediagraph-picker-ready' }, '*']])
  })

  it.for([
    ['another window', { source: {} }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that only begins alike', { origin: `${origin}.evil.example` }],
    ['a sandboxed page', { origin: 'null' }],
    ['another type', { data: { ...openMessage, type: 'open' } }],
    ['no data', { data: null }],
    ['no port', { ports: [] }],
  ] as const)('ignores a message of %s', async ([, part], { expect }) => {
    const { send, settle } = openFrame()
    send(part as Parameters<typeof send>[0])
    expect(await settle()).toBeNull()
    send({})
    expect(await settle()).not.toBeNull()
  })

  it('takes the first port only', async () => {
    const { send, waiting } = openFrame()
    send({})
    send({ data: { ...openMessage, token: 'second' } })
    expect(await (await waiting).getToken()).toBe('first')
  })
})

describe('the host', () => {
  const connect = async () => {
    const { send, waiting } = openFrame()
    const { port1, port2 } = createChannel()
    send({ ports: [port2] })
    const host = await waiting
    const requests: unknown[] = []
    const next = (): Promise<unknown> =>
      new Promise((resolve) => port1.addEventListener('message', ({ data }) => resolve(data), { once: true }))
    port1.addEventListener('message', ({ data }) => void requests.push(data))
    port1.start()
    return { host, port: port1, requests, next }
  }

  it('is asked once for a token by requests that were rejected with the same one', async () => {
    const { host, port, requests, next } = await connect()
    const request = next()
    const tokens = [host.getToken('first'), host.getToken('first'), host.getToken()]
    await request
    port.postMessage({ type: 'token', token: 'second' })
    expect(await Promise.all(tokens)).toEqual(['second', 'second', 'second'])
    expect(await host.getToken('first')).toBe('second')
    expect(requests).toEqual([{ type: 'token' }])
  })

  it('is asked again when the next token is rejected, too', async () => {
    const { host, port, next } = await connect()
    let rejected = 'first'
    for (const token of ['second', 'third']) {
      const request = next()
      const renewed = host.getToken(rejected)
      await request
      port.postMessage({ type: 'token', token })
      expect(await renewed).toBe(token)
      rejected = token
    }
    expect(await host.getToken()).toBe('third')
  })

  it('learns what was picked', async () => {
    const { host, next } = await connect()
    const message = next()
    host.select([])
    expect(await message).toEqual({ type: 'select', media: [] })
  })
})
