import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { TypedDocumentString } from '../../console/src/api/generated/documents.ts'
import { createSend } from '../../console/src/api/send.ts'

const url = 'http://127.0.0.1/graphql'
// as: no server reads it
const document = '{ viewer { name } }' as unknown as TypedDocumentString<{ name: string }, object>

const fetchMock = vi.fn<typeof fetch>()

const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
  fetchMock.mockResolvedValueOnce(Response.json(body, { status, headers }))

const refusal = (code: string, more: object = {}) => ({ errors: [{ message: 'No.', extensions: { code, ...more } }] })

const headersOf = (call: number): Record<string, string> =>
  Object.fromEntries(new Headers(fetchMock.mock.calls[call]?.[1]?.headers))

beforeEach(() => {
  fetchMock.mockReset()
  vi.stubGlobal('fetch', fetchMock)
})

afterEach(() => {
  vi.unstubAllGlobals()
})

it('resolves to the data', async () => {
  answer(200, { data: { name: 'Ada' } })
  expect(await createSend({ url })(document, {})).toEqual({ name: 'Ada' })
})

it('sends the cookie without a token, and no cookie beside one', async () => {
  answer(200, { data: {} })
  answer(200, { data: {} })
  await createSend({ url })(document, {})
  await createSend({ url, getToken: async () => 'abc' })(document, {})
  expect(fetchMock.mock.calls.map(([, options]) => options?.credentials)).toEqual(['same-origin', 'omit'])
  expect(headersOf(1)['authorization']).toBe('Bearer abc')
})

it('asks for another token after a 401, once', async () => {
  const getToken = vi.fn(async (rejected?: string) => (rejected === 'old' ? 'new' : 'old'))
  answer(401, refusal('UNAUTHENTICATED'))
  answer(401, refusal('UNAUTHENTICATED'))
  await expect(createSend({ url, getToken })(document, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect([headersOf(0), headersOf(1)].map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new'])
  expect(fetchMock).toHaveBeenCalledTimes(2)
})

it('repeats a request with its key after a new sign-in', async () => {
  answer(401, refusal('UNAUTHENTICATED'))
  answer(200, { data: { name: 'Ada' } })
  const send = createSend({ url, onSignedOut: async () => true })
  expect(await send(document, {}, { idempotencyKey: 'k' })).toEqual({ name: 'Ada' })
  expect([headersOf(0), headersOf(1)].map((headers) => headers['idempotency-key'])).toEqual(['k', 'k'])
})

it('rejects if no sign-in follows', async () => {
  answer(401, refusal('UNAUTHENTICATED'))
  const send = createSend({ url, onSignedOut: async () => false })
  await expect(send(document, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

it('rejects with the code, request id, pause and fields of the server', async () => {
  const fields = [{ path: 'input.title', message: 'Is too long.' }]
  answer(429, refusal('RATE_LIMITED', { retryAfterSeconds: 7, fields }), { 'x-request-id': 'r-1' })
  await expect(createSend({ url })(document, {})).rejects.toMatchObject({
    ...{ name: 'RequestError', message: 'No.', code: 'RATE_LIMITED', requestId: 'r-1', retryAfterSeconds: 7, fields },
  })
})

it('reads the pause from the headers if the answer is no JSON', async () => {
  const headers = { 'retry-after': '30', 'x-request-id': 'r-2' }
  fetchMock.mockResolvedValueOnce(new Response('Bad gateway', { status: 502, headers }))
  await expect(createSend({ url })(document, {})).rejects.toMatchObject({
    ...{ code: 'INTERNAL_SERVER_ERROR', requestId: 'r-2', retryAfterSeconds: 30 },
  })
})

it('rejects with OFFLINE if the server is not reached', async () => {
  fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'))
  await expect(createSend({ url })(document, {})).rejects.toMatchObject({ code: 'OFFLINE', requestId: null })
})

it('rejects with the abort itself if the caller aborted', async () => {
  const abort = new DOMException('Aborted', 'AbortError')
  fetchMock.mockRejectedValueOnce(abort)
  await expect(createSend({ url })(document, {}, { signal: AbortSignal.abort() })).rejects.toBe(abort)
})
