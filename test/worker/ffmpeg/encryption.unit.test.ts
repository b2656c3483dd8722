import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it as base, describe, expect } from 'vitest'
import { isEncryptedMp4 } from '../../../worker/ffmpeg/classification/encryption.ts'

const box = (type: string, ...contents: Buffer[]): Buffer => {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(8 + contents.reduce((sum, { length }) => sum + length, 0))
  header.write(type, 4, 'latin1')
  return Buffer.concat([header, ...contents])
}
const track = (type: string) =>
  box('trak', box('mdia', box('minf', box('stbl', box('stsd', Buffer.alloc(8), box(type, Buffer.alloc(16)))))))

const it = base.extend(
  'isEncrypted',
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }) => {
    const directory = await mkdtemp(join(tmpdir(), 'mediagraph-encryption-'))
    onCleanup(() => rm(directory, { recursive: true }))
    return async (...boxes: Buffer[]) => {
      const path = join(directory, 'film.mp4')
      await writeFile(path, Buffer.concat(boxes))
      return isEncryptedMp4(path)
    }
  },
)

const nested = (depth: number): Buffer => {
  const bytes = Buffer.alloc(8 * depth)
  for (let index = 0; index < depth; index++) {
    bytes.writeUInt32BE(bytes.length - 8 * index, 8 * index)
    bytes.write('trak', 8 * index + 4, 'latin1')
  }
  return bytes
}

describe('the index of an MP4', () => {
  it('tells an encrypted second stream', async ({ isEncrypted }) => {
    expect(await isEncrypted(box('ftyp'), box('moov', track('avc1'), track('enca')))).toBe(true)
  })

  it('tells an encrypted stream behind the pictures', async ({ isEncrypted }) => {
    expect(await isEncrypted(box('ftyp'), box('mdat', Buffer.alloc(100)), box('moov', track('encv')))).toBe(true)
  })

  it.for<[string, Buffer[]]>([
    ['whose title has the name of an encrypted type', [box('moov', track('avc1'), box('udta', Buffer.from('encv')))]],
    ['without streams', [box('moov')]],
    ['with a box of impossible size', [box('moov', Buffer.from([0, 0, 0, 1, 0x74, 0x72, 0x61, 0x6b]))]],
    ['of a million nested boxes', [box('moov', nested(1_000_000))]],
    ['that is missing', [box('ftyp'), box('mdat')]],
  ])('does not call a film %s encrypted', async ([, boxes], { isEncrypted }) => {
    expect(await isEncrypted(...boxes)).toBe(false)
  })
})
