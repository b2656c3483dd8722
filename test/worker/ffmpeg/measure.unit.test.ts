import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { FfmpegBinaries } from '../../../worker/ffmpeg/binaries.ts'
import { measureDuration } from '../../../worker/ffmpeg/duration/measure.ts'
import { parseProbe } from '../../../worker/ffmpeg/probe.ts'

const streams = [{ index: 1, codec_type: 'audio', codec_name: 'aac' }]
const probeOf = (container: string) => parseProbe(JSON.stringify({ streams, format: { format_name: container } }), '')

/** Measures by the output of a script in place of ffprobe. */
const measure = async (container: string, script: string): Promise<number | null> => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-measure-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const ffprobePath = join(folder, 'ffprobe')
  await writeFile(ffprobePath, `#!/bin/sh\n${script}\n`)
  await chmod(ffprobePath, 0o755)
  const binaries: FfmpegBinaries = {
    ffmpegPath: ffprobePath,
    ffprobePath,
    version: '1',
    major: 1,
    isBundled: false,
    canToneMap: false,
  }
  return measureDuration(binaries, '/in', probeOf(container), undefined)
}

const packets = (...lines: string[]) => `printf '${lines.map((line) => `${line}\\n`).join('')}'`

test('the packets of other streams do not count', async () => {
  expect(await measure('matroska', packets('1,0.0,0.0,2.0', '0,90.0,90.0,1.0', '1,2.0,2.0,2.0'))).toBe(4)
})

test('a pause between packets counts unless the clock may jump', async () => {
  const lines = packets('1,0.0,0.0,2.0', '1,3600.0,3600.0,2.0')
  expect(await measure('matroska', lines)).toBe(3602)
  expect(await measure('mpegts', lines)).toBe(4)
})

test('the packets before an error count', async () => {
  expect(await measure('matroska', `${packets('1,0.0,0.0,2.0')}\necho 'Invalid data found' >&2\nexit 1`)).toBe(2)
})

test('an error without any packet is a failure', async () => {
  const script = "echo 'Invalid data found' >&2\nexit 1"
  await expect(measure('matroska', script)).rejects.toMatchObject({ failure: { code: 'DAMAGED' } })
})

test('packets without times count by their durations', async () => {
  expect(await measure('mpegvideo', packets('1,N/A,N/A,0.5', '1,N/A,N/A,0.5'))).toBe(1)
})
