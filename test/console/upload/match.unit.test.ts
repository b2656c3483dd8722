import { describe, expect, it } from 'vitest'
import { matchFile, mayContinue } from '../../../console/src/data/upload/match.ts'

const open = {
  id: 'Upload:1',
  mediaId: 'Media:1',
  fileName: 'Lecture 1.mp4',
  sizeBytes: 100,
  receivedBytes: 40,
  sha256: null as string | null,
  expiresAt: '2026-12-01T00:00:00.000Z',
  media: null as { id: string } | null,
}
const file = { name: 'Lecture 1.mp4', size: 100, lastModified: 5 }
const nothing = { lastModified: null, sha256: null }

describe('a file that is chosen for an open upload', () => {
  it('is probably the same if name and size agree and nothing more is known', () => {
    expect(matchFile(file, open, nothing)).toBe('probable')
  })

  it('is the same if it was not written since its upload began', () => {
    expect(matchFile(file, open, { lastModified: 5, sha256: null })).toBe('same')
  })

  it('is another file if the name differs', () => {
    expect(matchFile({ ...file, name: 'Lecture 2.mp4' }, open, nothing)).toBe('other')
  })

  it('has changed if the size differs', () => {
    expect(matchFile({ ...file, size: 99 }, open, nothing)).toBe('changed')
  })

  it('has changed if it was written after its upload began', () => {
    expect(matchFile(file, open, { lastModified: 4, sha256: null })).toBe('changed')
  })

  it('has to be hashed if the upload has a digest', () => {
    expect(matchFile(file, { ...open, sha256: 'a' }, nothing)).toBe('undecided')
  })

  it('is compared by its digest alone, even if it was touched', () => {
    const upload = { ...open, sha256: 'a' }
    expect(matchFile(file, upload, { lastModified: 4, sha256: 'a' })).toBe('same')
    expect(matchFile(file, upload, { lastModified: 5, sha256: 'b' })).toBe('changed')
  })

  it('is recognized by the name that the server has cleaned', () => {
    expect(mayContinue({ ...file, name: ' Lecture \t1.mp4' }, open)).toBe(true)
  })

  it('does not continue an open replacement of a media by itself', () => {
    expect(mayContinue(file, open)).toBe(true)
    expect(mayContinue(file, { ...open, media: { id: 'Media:1' } })).toBe(false)
  })
})
