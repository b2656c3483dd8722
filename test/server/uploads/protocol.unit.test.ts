import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkAppend,
  describeServer,
  parseAppend,
  parseCreation,
  routeRequest,
} from '../../../src/server/tusProtocol.ts'

const id = '01890000-0000-7000-8000-000000000001'
const tus = { 'tus-resumable': '1.0.0' }
const refusal = (status: number) => ({ type: 'refused', answer: { status } })
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('routeRequest', () => {
  it.each([
    ['OPTIONS', '/uploads', { type: 'describe' }],
    ['OPTIONS', `/uploads/${id}`, { type: 'describe' }],
    ['POST', '/uploads', { type: 'create' }],
    ['POST', '/uploads/?source=lms', { type: 'create' }],
    ['HEAD', `/uploads/${id}`, { type: 'upload', method: 'HEAD', uploadId: id }],
    ['PATCH', `/uploads/${id}/`, { type: 'upload', method: 'PATCH', uploadId: id }],
    ['DELETE', `/uploads/${id}?x`, { type: 'upload', method: 'DELETE', uploadId: id }],
  ])('routes %s %s', (method, url, route) => {
    expect(routeRequest(method, url, tus)).toEqual(route)
  })

  it.each(['HEAD', 'PATCH', 'DELETE', 'patch'])(
    'takes the method of a POST from X-HTTP-Method-Override: %s',
    (method) => {
      const headers = { ...tus, 'x-http-method-override': method }
      expect(routeRequest('POST', `/uploads/${id}`, headers)).toMatchObject({ method: method.toUpperCase() })
    },
  )

  it('ignores X-HTTP-Method-Override unless the method is POST', () => {
    const headers = { ...tus, 'x-http-method-override': 'DELETE' }
    expect(routeRequest('HEAD', `/uploads/${id}`, headers)).toMatchObject({ method: 'HEAD' })
  })

  it.each([
    ['GET', `/uploads/${id}`, 'OPTIONS, HEAD, PATCH, DELETE'],
    ['POST', `/uploads/${id}`, 'OPTIONS, HEAD, PATCH, DELETE'],
    ['PATCH', '/uploads', 'OPTIONS, POST'],
  ])('answers 405 to %s %s with the allowed methods', (method, url, allow) => {
    expect(routeRequest(method, url, tus)).toMatchObject({ answer: { status: 405, headers: { Allow: allow } } })
  })

  it.each(['/uploadsx', `/uploads/${id}/more`, '/uploads/x', '/uploads/..%2fetc', `/uploads/${id}.json`])(
    'answers 404 to HEAD %s',
    (url) => {
      expect(routeRequest('HEAD', url, tus)).toMatchObject(refusal(404))
    },
  )

  it.each([{}, { 'tus-resumable': '0.2' }])('answers 412 with the supported version to the headers %j', (headers) => {
    const expected = { answer: { status: 412, headers: { 'Tus-Version': '1.0.0' } } }
    expect(routeRequest('HEAD', `/uploads/${id}`, headers)).toMatchObject(expected)
  })

  it('does not require a version for OPTIONS', () => {
    expect(routeRequest('OPTIONS', '/uploads', {})).toEqual({ type: 'describe' })
  })
})

describe('describeServer', () => {
  it('announces version, extensions and maximum size', () => {
    const headers = {
      'Tus-Version': '1.0.0',
      'Tus-Extension': 'creation,expiration,termination',
      'Tus-Max-Size': '100',
    }
    expect(describeServer(100)).toEqual({ status: 204, headers })
  })
})

describe('parseCreation', () => {
  const creation = (headers: Record<string, string>) => parseCreation({ 'upload-length': '4', ...headers }, 100)

  it('reads size, name and type', () => {
    const metadata = `filename ${base64('Übung 1.mp4')},filetype ${base64('video/mp4')},draft`
    const input = { fileName: 'Übung 1.mp4', sizeBytes: 4, mimeType: 'video/mp4' }
    expect(creation({ 'upload-metadata': metadata })).toEqual({ type: 'creation', input })
  })

  it('reads the metadata keys `name` and `type` of other clients', () => {
    const metadata = `name ${base64('a.txt')},type ${base64('text/plain')}`
    const input = { fileName: 'a.txt', sizeBytes: 4, mimeType: 'text/plain' }
    expect(creation({ 'upload-metadata': metadata })).toEqual({ type: 'creation', input })
  })

  it('leaves a missing name to the rules of uploads', () => {
    expect(creation({})).toMatchObject({ type: 'creation', input: { fileName: '', mimeType: undefined } })
  })

  it.each(['', 'a,', ' a', 'a b c', 'a !!!', 'a YQ=', 'a YQ==,a YQ==', 'ä YQ==', 'a YQ==, b YQ=='])(
    'answers 400 to the metadata %j',
    (metadata) => {
      expect(creation({ 'upload-metadata': metadata })).toMatchObject(refusal(400))
    },
  )

  it('reads any metadata that a client encodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (fileName) => {
        const parsed = creation({ 'upload-metadata': `filename ${base64(fileName)}` })
        expect(parsed).toMatchObject({ input: { fileName: Buffer.from(fileName).toString() } })
      }),
    )
  })

  it.each(['-4', '04', '4.5', 'x', '', '4, 4'])('answers 400 to the size %j', (length) => {
    expect(creation({ 'upload-length': length })).toMatchObject(refusal(400))
  })

  it.each(['101', '1e15', '99999999999999999999'])('answers 413 to the size %s', (length) => {
    expect(creation({ 'upload-length': length })).toMatchObject(refusal(413))
  })

  it('answers 400 to a missing size', () => {
    expect(parseCreation({}, 100)).toMatchObject(refusal(400))
  })

  it('answers 400 to a deferred size', () => {
    expect(parseCreation({ 'upload-defer-length': '1' }, 100)).toMatchObject(refusal(400))
  })

  it('answers 501 to concatenation', () => {
    expect(creation({ 'upload-concat': 'partial' })).toMatchObject(refusal(501))
  })
})

describe('parseAppend', () => {
  const headers = { 'upload-offset': '7', 'content-type': 'application/offset+octet-stream' }

  it('reads offset and body size', () => {
    const append = { type: 'append', offset: 7, bodyBytes: 3 }
    expect(parseAppend({ ...headers, 'content-length': '3' })).toEqual(append)
  })

  it('accepts a body without a declared size', () => {
    expect(parseAppend(headers)).toEqual({ type: 'append', offset: 7, bodyBytes: null })
  })

  it.each([undefined, '-1', '07', 'x', ''])('answers 400 to the offset %j', (offset) => {
    expect(parseAppend({ ...headers, 'upload-offset': offset })).toMatchObject(refusal(400))
  })

  it.each([undefined, 'text/plain', 'application/offset+octet-stream; charset=utf-8'])(
    'answers 415 to the content type %j',
    (type) => {
      expect(parseAppend({ ...headers, 'content-type': type })).toMatchObject(refusal(415))
    },
  )

  it('answers 400 to a new size', () => {
    expect(parseAppend({ ...headers, 'upload-length': '4' })).toMatchObject(refusal(400))
  })
})

describe('checkAppend', () => {
  const check = (offset: number, bodyBytes: number | null) =>
    checkAppend({ type: 'append', offset, bodyBytes }, { receivedBytes: 4, sizeBytes: 10 })

  it.each([0, 6, null])('accepts a body of %j bytes that fits', (bodyBytes) => {
    expect(check(4, bodyBytes)).toBeNull()
  })

  it.each([3, 5, 10])('answers 409 to the offset %d of an upload at 4', (offset) => {
    expect(check(offset, 0)).toMatchObject({ status: 409 })
  })

  it('answers 413 to a body that exceeds the size of the upload', () => {
    expect(check(4, 7)).toMatchObject({ status: 413 })
  })
})
