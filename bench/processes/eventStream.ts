import { request } from 'node:http'
import type { Subscriber, Subscription } from './frames.ts'

interface Chunk {
  atMs: number
  data: Buffer
}

/** Splits chunks into events. An event arrives with the chunk that contains its end. */
const readEvents = (chunks: Chunk[]): { atMs: number; text: string }[] => {
  let remainder = ''
  return chunks.flatMap(({ atMs, data }) => {
    const blocks = (remainder + data.toString()).split('\n\n')
    remainder = blocks.pop() ?? ''
    return blocks.map((text) => ({ atMs, text }))
  })
}

/** Opens a subscription as an event stream. Resolves with its first event, the present state, which is not stored. */
export const openEventStream = ({ url, token, payload }: Subscription): Promise<Subscriber> =>
  new Promise((resolve, reject) => {
    const chunks: Chunk[] = []
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    }
    const call = request(url, { method: 'POST', agent: false, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The server answered ${response.statusCode}.`))
      response.on('error', () => undefined) // `close` breaks the connection
      response.on('data', (data: Buffer) => {
        chunks.push({ atMs: Number(process.hrtime.bigint()) / 1e6, data })
        if (data.includes('event: next')) resolve(subscriber)
      })
    })
    const subscriber: Subscriber = {
      close: () => void call.destroy(),
      results: () =>
        readEvents(chunks)
          .filter(({ text }) => text.includes('event: next'))
          .slice(1)
          .map(({ atMs, text }) => {
            const [, data = ''] = /^data: ?(.*)$/m.exec(text) ?? []
            return { atMs, sizeBytes: text.length + 2, payload: JSON.parse(data) }
          }),
    }
    call.on('error', reject)
    call.end(JSON.stringify(payload))
  })
