import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { createFeedVerifier, type FeedEvent } from '../../../client/verifyFeed.ts'

const script = join(import.meta.dirname, '..', '..', '..', 'client', 'verifyFeed.ts')
const cursorOf = (position: number): string =>
  Buffer.from(JSON.stringify(['log:POSITION', position])).toString('base64url')

const event: FeedEvent = {
  cursor: cursorOf(1),
  id: `Event:${randomUUID()}`,
  at: '2026-11-25T12:00:00.123Z',
  action: 'media.uploaded',
  actor: null,
  nodeId: `Media:${randomUUID()}`,
  mediaId: null,
  data: {},
  requestId: null,
}
const verifier = createFeedVerifier()
verifier.add(event)

const firstPage = { data: { eventFeed: { nodes: [event], endCursor: cursorOf(1), hasNextPage: true } } }
const lastPage = { data: { eventFeed: { nodes: [], endCursor: cursorOf(1), hasNextPage: false } } }
const refusal = (code: string, extensions: object = {}) => ({
  errors: [{ message: `Refused with ${code}.`, extensions: { code, ...extensions } }],
})

/** Runs the script against a server that gives these answers, one per request. */
const run = async (...answers: object[]) => {
  const server = createServer((req, res) => {
    req.resume()
    res.end(JSON.stringify(answers.shift()))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  return promisify(execFile)(process.execPath, [script, `http://127.0.0.1:${port}/graphql`])
}

it.for(['RATE_LIMITED', 'UNAVAILABLE'])('the script waits as long as the server asks: %s', async (code) => {
  const { stdout } = await run(firstPage, refusal(code, { retryAfterSeconds: 0.1 }), lastPage)
  expect(stdout).toBe(`${verifier.head()}\n`)
})

it('the script names the head that it reached before another error', async () => {
  const outcome = run(firstPage, refusal('FORBIDDEN'))
  await expect(outcome).rejects.toMatchObject({ code: 2, stdout: expect.stringContaining(verifier.head()) })
})

it('the script takes an event of the wrong form for a changed one', async () => {
  const page = { data: { eventFeed: { ...firstPage.data.eventFeed, nodes: [{ ...event, id: 'User:1' }] } } }
  await expect(run(page)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('User:1') })
})
