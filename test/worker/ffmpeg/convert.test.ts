import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { selectProfiles } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { type FixtureName, type MediaFixtures, openFixtures } from '../../harness/fixtures.ts'

const execute = promisify(execFile)
let fixtures: MediaFixtures
const workspaces = createWorkspaces(tmpdir())
beforeAll(async () => {
  fixtures = await openFixtures()
})
afterAll(() => fixtures[Symbol.asyncDispose]())

const convertFile = async (
  name: FixtureName,
  profile: RenditionProfile,
  inspect: (path: string) => Promise<void> = async () => {},
) => {
  const inputPath = await fixtures.pathOf(name)
  const { mediaInfo: facts } = await examine(fixtures.binaries, inputPath, { fileName: name })
  await using workspace = await workspaces.create()
  const percents: number[] = []
  const conversion = await convert(
    fixtures.binaries,
    { profile, inputPath, mediaInfo: facts, workspacePath: workspace.path, cores: 2 },
    { onProgress: (percent) => percents.push(percent) },
  )
  await inspect(conversion.path)
  return { ...conversion, percents }
}

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
const pictures: FixtureName[] = ['pixel.png', 'moving.gif', 'picture.webp', 'see-through.png', 'held-sideways.jpg']

test.each([...unusualVideos, ...sounds, ...pictures])('%s gets every rendition that fits it', async (name) => {
  const { mediaInfo: facts } = await examine(fixtures.binaries, await fixtures.pathOf(name), { fileName: name })
  const profiles = selectProfiles(facts)
  expect(profiles.length).toBeGreaterThan(0)
  for (const profile of profiles)
    expect(await convertFile(name, profile)).toMatchObject({ sizeBytes: expect.any(Number) })
})

test('a vertical video stays upright in every rendition', async () => {
  expect(await convertFile('vertical.mp4', 'THUMBNAIL')).toMatchObject({ width: 180, height: 320 })
  expect(await convertFile('vertical.mp4', 'GIF')).toMatchObject({ width: 180, height: 320 })
  expect(await convertFile('vertical.mp4', 'WEBM')).toMatchObject({ width: 180, height: 320 })
})

test('a large video shrinks to 720 lines, 640 and 480 pixels', async () => {
  expect(await convertFile('wide.mp4', 'WEBM')).toMatchObject({ width: 1280, height: 720, mimeType: 'video/webm' })
  expect(await convertFile('wide.mp4', 'THUMBNAIL')).toMatchObject({ width: 640, height: 360, mimeType: 'image/jpeg' })
  expect(await convertFile('wide.mp4', 'GIF')).toMatchObject({ width: 480, height: 270, mimeType: 'image/gif' })
})

test('sound becomes sound, and its picture a wave', async () => {
  expect(await convertFile('tone.mp3', 'WEBM')).toMatchObject({ mimeType: 'audio/webm', width: null })
  expect(await convertFile('tone.mp3', 'THUMBNAIL')).toMatchObject({ mimeType: 'image/jpeg', width: 640, height: 180 })
})

test('percent rises from above 0 to at most 100, and never falls', async () => {
  const { percents, durationSeconds } = await convertFile('clip.mp4', 'WEBM')
  expect(percents.length).toBeGreaterThan(0)
  expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  expect(percents.at(-1)).toBeGreaterThan(90)
  expect(percents.at(-1)).toBeLessThanOrEqual(100)
  expect(durationSeconds).toBeCloseTo(5, 0)
})

test('the picture of a video that starts black is not black', async () => {
  await convertFile('clip.mp4', 'THUMBNAIL', async (path) => {
    // A black picture of this size takes some 4 KB.
    expect((await readFile(path)).length).toBeGreaterThan(10_000)
  })
})

test('a GIF repeats for ever, and is made of several frames', async () => {
  await convertFile('clip.mp4', 'GIF', async (path) => {
    const bytes = await readFile(path)
    const loop = bytes.indexOf('NETSCAPE2.0')
    expect(bytes.readUInt16LE(loop + 13)).toBe(0)
    const controls = bytes.toString('latin1').split('\x21\xf9\x04').length - 1
    expect(controls).toBeGreaterThan(30)
  })
})

test('what the camera wrote is gone, how it was held is kept', async () => {
  const conversion = await convertFile('held-sideways.jpg', 'THUMBNAIL', async (path) => {
    expect((await readFile(path)).includes('SecretPlace')).toBe(false)
    // What was black on the left is on top once it stands upright.
    const halves = ['-vf', 'scale=1:2:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1']
    const { stdout } = await execute(
      fixtures.binaries.ffmpegPath,
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
  expect(await convertFile('see-through.png', 'THUMBNAIL')).toMatchObject({
    mimeType: 'image/png',
    width: 640,
    height: 320,
  })
})

test('a profile that does not fit fails for good and leaves nothing', async () => {
  await expect(convertFile('tone.mp3', 'GIF')).rejects.toMatchObject({
    failure: { code: 'NO_CONTENT', retryable: false },
  })
  const leftovers = (await readdir(tmpdir())).filter(
    (name) => name.startsWith(`work-`) && name.includes(`-${process.pid}-`),
  )
  expect(leftovers).toEqual([])
})
