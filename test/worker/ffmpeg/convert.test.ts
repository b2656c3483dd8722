import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { fits } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { type MediaFiles, type MediaName, openMedia } from '../../harness/media.ts'

const execute = promisify(execFile)
let media: MediaFiles
const workspaces = createWorkspaces(tmpdir())
beforeAll(async () => {
  media = await openMedia()
})
afterAll(() => media[Symbol.asyncDispose]())

const made = async (
  name: MediaName,
  profile: RenditionProfile,
  use: (path: string) => Promise<void> = async () => {},
) => {
  const inputPath = await media.file(name)
  const { facts } = await examine(media.binaries, inputPath, { fileName: name })
  await using workspace = await workspaces.open()
  const percents: number[] = []
  const conversion = await convert(
    media.binaries,
    { profile, inputPath, facts, workspacePath: workspace.path, cores: 2 },
    { onProgress: (percent) => percents.push(percent) },
  )
  await use(conversion.path)
  return { ...conversion, percents }
}

const odd: MediaName[] = [
  'silent.mp4',
  'vertical.mp4',
  'odd.mkv',
  'pixel.mkv',
  'one-frame.mp4',
  'black.mp4',
  'live.webm',
  'anamorphic.mp4',
]
const sounds: MediaName[] = ['tone.m4a', 'cover.mp3', 'surround.wav']
const pictures: MediaName[] = ['pixel.png', 'moving.gif', 'picture.webp', 'see-through.png', 'held-sideways.jpg']

test.each([...odd, ...sounds, ...pictures])('%s gets every rendition that fits it', async (name) => {
  const { facts } = await examine(media.binaries, await media.file(name), { fileName: name })
  const profiles = fits(facts)
  expect(profiles.length).toBeGreaterThan(0)
  for (const profile of profiles) expect(await made(name, profile)).toMatchObject({ sizeBytes: expect.any(Number) })
})

test('a vertical video stays upright in every rendition', async () => {
  expect(await made('vertical.mp4', 'THUMBNAIL')).toMatchObject({ width: 180, height: 320 })
  expect(await made('vertical.mp4', 'GIF')).toMatchObject({ width: 180, height: 320 })
  expect(await made('vertical.mp4', 'WEBM')).toMatchObject({ width: 180, height: 320 })
})

test('a large video shrinks to 720 lines, 640 and 480 pixels', async () => {
  expect(await made('wide.mp4', 'WEBM')).toMatchObject({ width: 1280, height: 720, mimeType: 'video/webm' })
  expect(await made('wide.mp4', 'THUMBNAIL')).toMatchObject({ width: 640, height: 360, mimeType: 'image/jpeg' })
  expect(await made('wide.mp4', 'GIF')).toMatchObject({ width: 480, height: 270, mimeType: 'image/gif' })
})

test('sound becomes sound, and its picture a wave', async () => {
  expect(await made('tone.mp3', 'WEBM')).toMatchObject({ mimeType: 'audio/webm', width: null })
  expect(await made('tone.mp3', 'THUMBNAIL')).toMatchObject({ mimeType: 'image/jpeg', width: 640, height: 180 })
})

test('percent rises from above 0 to at most 100, and never falls', async () => {
  const { percents, durationSeconds } = await made('clip.mp4', 'WEBM')
  expect(percents.length).toBeGreaterThan(0)
  expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  expect(percents.at(-1)).toBeGreaterThan(90)
  expect(percents.at(-1)).toBeLessThanOrEqual(100)
  expect(durationSeconds).toBeCloseTo(5, 0)
})

test('the picture of a video that starts black is not black', async () => {
  await made('clip.mp4', 'THUMBNAIL', async (path) => {
    // A black picture of this size takes some 4 KB.
    expect((await readFile(path)).length).toBeGreaterThan(10_000)
  })
})

test('a GIF repeats for ever, and is made of several frames', async () => {
  await made('clip.mp4', 'GIF', async (path) => {
    const bytes = await readFile(path)
    const loop = bytes.indexOf('NETSCAPE2.0')
    expect(bytes.readUInt16LE(loop + 13)).toBe(0)
    const controls = bytes.toString('latin1').split('\x21\xf9\x04').length - 1
    expect(controls).toBeGreaterThan(30)
  })
})

test('what the camera wrote is gone, how it was held is kept', async () => {
  const conversion = await made('held-sideways.jpg', 'THUMBNAIL', async (path) => {
    expect((await readFile(path)).includes('SecretPlace')).toBe(false)
    // What was black on the left is on top once it stands upright.
    const halves = ['-vf', 'scale=1:2:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1']
    const { stdout } = await execute(
      media.binaries.ffmpegPath,
      ['-v', 'error', '-noautorotate', '-i', path, ...halves],
      {
        encoding: 'buffer',
      },
    )
    expect(stdout[0]).toBeLessThan(60)
    expect(stdout[1]).toBeGreaterThan(190)
  })
  expect(conversion).toMatchObject({ width: 640, height: 960 })
})

test('what is see-through stays so', async () => {
  expect(await made('see-through.png', 'THUMBNAIL')).toMatchObject({ mimeType: 'image/png', width: 640, height: 320 })
})

test('a profile that does not fit fails for good and leaves nothing', async () => {
  await expect(made('tone.mp3', 'GIF')).rejects.toMatchObject({ failure: { code: 'NO_CONTENT', retryable: false } })
  const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`work-`) && name.includes(`-${process.pid}-`))
  expect(left).toEqual([])
})
