import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { selectProfiles } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import type { FixtureName } from '../../harness/fixtures.ts'

const execute = promisify(execFile)
const workspaces = createWorkspaces(tmpdir())

const test = base.extend('convertFile', { scope: 'file' }, ({ files }) => {
  return async (
    name: FixtureName,
    profile: RenditionProfile,
    inspect: (path: string) => Promise<void> = async () => {},
  ) => {
    const inputPath = await files.pathOf(name)
    const { mediaInfo } = await examine(files.binaries, inputPath, { fileName: name })
    await using workspace = await workspaces.create()
    const percents: number[] = []
    const conversion = await convert(
      files.binaries,
      { profile, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 },
      { onProgress: (percent) => percents.push(percent) },
    )
    await inspect(conversion.path)
    return { ...conversion, percents }
  }
})

const unusualVideos: FixtureName[] = [
  'silent.mp4',
  'vertical.mp4',
  'odd.mkv',
  'pixel.mkv',
  'one-frame.mp4',
  'black.mp4',
  'live.webm',
  'anamorphic.mp4',
]
const sounds: FixtureName[] = ['tone.m4a', 'cover.mp3', 'surround.wav']
const pictures: FixtureName[] = ['pixel.png', 'moving.gif', 'picture.webp', 'transparent.png', 'held-sideways.jpg']

test.for([...unusualVideos, ...sounds, ...pictures])(
  '%s is converted to every profile of its kind',
  async (name, { files, convertFile }) => {
    const { mediaInfo } = await examine(files.binaries, await files.pathOf(name), { fileName: name })
    const profiles = selectProfiles(mediaInfo)
    expect(profiles.length).toBeGreaterThan(0)
    for (const profile of profiles)
      expect(await convertFile(name, profile)).toMatchObject({ sizeBytes: expect.any(Number) })
  },
)

test.for(['THUMBNAIL', 'GIF', 'WEBM'] as const)(
  'a vertical video stays upright in %s',
  async (profile, { convertFile }) => {
    expect(await convertFile('vertical.mp4', profile)).toMatchObject({ width: 180, height: 320 })
  },
)

test.for([
  ['WEBM', { width: 1280, height: 720, mimeType: 'video/webm' }],
  ['THUMBNAIL', { width: 640, height: 360, mimeType: 'image/jpeg' }],
  ['GIF', { width: 480, height: 270, mimeType: 'image/gif' }],
] as const)('a large video is scaled down in %s', async ([profile, conversion], { convertFile }) => {
  expect(await convertFile('wide.mp4', profile)).toMatchObject(conversion)
})

test('the WebM of a sound has no picture', async ({ convertFile }) => {
  expect(await convertFile('tone.mp3', 'WEBM')).toMatchObject({ mimeType: 'audio/webm', width: null })
})

test('the thumbnail of a sound is a waveform', async ({ convertFile }) => {
  expect(await convertFile('tone.mp3', 'THUMBNAIL')).toMatchObject({ mimeType: 'image/jpeg', width: 640, height: 180 })
})

test('the percentage rises monotonically to at most 100', async ({ convertFile }) => {
  const { percents, durationSeconds } = await convertFile('clip.mp4', 'WEBM')
  expect(percents.length).toBeGreaterThan(0)
  expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  expect(percents.at(-1)).toBeGreaterThan(90)
  expect(percents.at(-1)).toBeLessThanOrEqual(100)
  expect(durationSeconds).toBeCloseTo(5, 0)
})

test('the thumbnail of a video that starts black is not black', async ({ convertFile }) => {
  await convertFile('clip.mp4', 'THUMBNAIL', async (path) => {
    // A black picture of this size has about 4 KB.
    expect((await readFile(path)).length).toBeGreaterThan(10_000)
  })
})

test('a GIF repeats forever', async ({ convertFile }) => {
  await convertFile('clip.mp4', 'GIF', async (path) => {
    const bytes = await readFile(path)
    const loop = bytes.indexOf('NETSCAPE2.0')
    expect(bytes.readUInt16LE(loop + 13)).toBe(0)
  })
})

test('a GIF has more than 30 frames', async ({ convertFile }) => {
  await convertFile('clip.mp4', 'GIF', async (path) => {
    const bytes = await readFile(path)
    const controls = bytes.toString('latin1').split('\x21\xf9\x04').length - 1
    expect(controls).toBeGreaterThan(30)
  })
})

test('the metadata of a camera is removed', async ({ convertFile }) => {
  await convertFile('held-sideways.jpg', 'THUMBNAIL', async (path) => {
    expect((await readFile(path)).includes('SecretPlace')).toBe(false)
  })
})

test('a picture taken sideways is turned upright', async ({ files, convertFile }) => {
  const conversion = await convertFile('held-sideways.jpg', 'THUMBNAIL', async (path) => {
    // The left half of the stored picture is black; upright, that half is at the top.
    const halves = ['-vf', 'scale=1:2:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1']
    const { stdout } = await execute(
      files.binaries.ffmpegPath,
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

test('the thumbnail of a transparent picture is transparent', async ({ convertFile }) => {
  expect(await convertFile('transparent.png', 'THUMBNAIL')).toMatchObject({
    mimeType: 'image/png',
    width: 640,
    height: 320,
  })
})

test('a profile that does not apply fails without a retry', async ({ convertFile }) => {
  await expect(convertFile('tone.mp3', 'GIF')).rejects.toMatchObject({
    failure: { code: 'NO_CONTENT', retryable: false },
  })
})

test('a failed conversion leaves no workspace', async ({ convertFile }) => {
  await expect(convertFile('tone.mp3', 'GIF')).rejects.toThrow()
  const leftovers = (await readdir(tmpdir())).filter(
    (name) => name.startsWith(`work-`) && name.includes(`-${process.pid}-`),
  )
  expect(leftovers).toEqual([])
})
