import { describe, expect, it } from 'vitest'
import { RequestError } from '../../../console/src/api/errors.ts'
import { retryDelayMs } from '../../../console/src/data/upload/errors.ts'
import { problemOf, titleOf } from '../../../console/src/parts/upload/addFiles.ts'
import { looksLikeOtherKind } from '../../../console/src/parts/upload/startReplacement.ts'

describe('a chosen file', () => {
  it('is refused if it is empty', () => {
    expect(problemOf({ size: 0 }, 100)).toBe('empty')
  })

  it('may have exactly the maximum size', () => {
    expect(problemOf({ size: 100 }, 100)).toBeNull()
    expect(problemOf({ size: 101 }, 100)).toBe('tooLarge')
  })

  it('gets its name without the ending as title', () => {
    expect(['Lecture 1.mp4', 'archive.tar.gz', 'README', '.profile'].map(titleOf)).toEqual([
      'Lecture 1',
      'archive.tar',
      'README',
      '.profile',
    ])
  })
})

describe('a file that replaces a media', () => {
  it('looks wrong if its type is of another kind', () => {
    expect(looksLikeOtherKind({ type: 'image/png' }, 'VIDEO')).toBe(true)
    expect(looksLikeOtherKind({ type: 'application/pdf' }, 'VIDEO')).toBe(true)
    expect(looksLikeOtherKind({ type: 'video/mp4' }, 'IMAGE')).toBe(true)
  })

  it('does not look wrong if its container may hold that kind', () => {
    expect(looksLikeOtherKind({ type: 'audio/ogg' }, 'VIDEO')).toBe(false)
    expect(looksLikeOtherKind({ type: '' }, 'VIDEO')).toBe(false)
    expect(looksLikeOtherKind({ type: 'application/zip' }, 'OTHER')).toBe(false)
  })
})

describe('a failed request of an upload', () => {
  const fail = (code: string, retryAfterSeconds: number | null = null): RequestError =>
    new RequestError('It failed.', { code, requestId: null, retryAfterSeconds })

  it('is repeated without end while the server is not reached', () => {
    expect(retryDelayMs(fail('OFFLINE'), 1000)).toBe(10_000)
  })

  it('waits as long as the server asks', () => {
    expect(retryDelayMs(fail('RATE_LIMITED', 7), 0)).toBe(7000)
  })

  it('is repeated a few times after a fault of the server', () => {
    expect(retryDelayMs(fail('INTERNAL_SERVER_ERROR'), 3)).toBe(4000)
    expect(retryDelayMs(fail('INTERNAL_SERVER_ERROR'), 4)).toBeNull()
  })

  it('is not repeated if the storage is full', () => {
    expect(retryDelayMs(fail('STORAGE_FULL'), 0)).toBeNull()
  })
})
