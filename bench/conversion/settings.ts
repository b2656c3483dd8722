import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { FfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { convert } from '../../worker/ffmpeg/convert.ts'
import { examine } from '../../worker/ffmpeg/examine.ts'
import { createSharedResults, makeAlone, type Share } from '../../worker/ffmpeg/sharedResults.ts'
import { atMost, type Figure, formatNumber, informational, logProgress } from '../figures.ts'
import { readCpuSeconds } from '../world.ts'
import { type Clip, createClips } from './clips.ts'
import { findCurrentBinaries, measureSsim } from './tools.ts'

interface WebmResult {
  cpuSeconds: number
  bytes: number
  ssim: number
}

interface ClipResult {
  name: string
  quick: WebmResult
  careful: WebmResult
  /** CPU time of the thumbnail and the GIF, which share what they find out with the quick WebM. */
  sharedCpuSeconds: number
  /** CPU time of the thumbnail and the GIF if each of them examines the file by itself. */
  separateCpuSeconds: number
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

/** CPU time of the ffmpeg processes of a conversion, and little of our own. */
const measureCpu = async <Result>(work: () => Promise<Result>) => {
  const initialSeconds = await readCpuSeconds(process.pid)
  const result = await work()
  const finalSeconds = await readCpuSeconds(process.pid)
  if (initialSeconds === null || finalSeconds === null) throw new Error('CPU time cannot be measured on this system.')
  return { result, cpuSeconds: finalSeconds - initialSeconds }
}

/** Compares both ways to make each rendition. Without a version number, a build counts as one with the careful way only. */
const compareClip = async (
  binaries: FfmpegBinaries,
  { name, path }: Clip,
  { folder, isCarefulFirst }: { folder: string; isCarefulFirst: boolean },
): Promise<ClipResult> => {
  const { ok, mediaInfo } = await examine(binaries, path, { fileName: 'clip.mp4' })
  if (!ok) throw new Error(`The clip ${name} failed the examination.`)
  const convertTo = async (profile: RenditionProfile, toolBinaries: FfmpegBinaries, share: Share) => {
    const workspacePath = join(folder, crypto.randomUUID())
    await mkdir(workspacePath)
    const request = { profile, inputPath: path, mediaInfo, workspacePath, cores: availableParallelism(), share }
    return measureCpu(() => convert(toolBinaries, request))
  }
  const makePictures = async (share: Share): Promise<number> => {
    const runs = [await convertTo('THUMBNAIL', binaries, share), await convertTo('GIF', binaries, share)]
    return sum(runs.map(({ cpuSeconds }) => cpuSeconds))
  }
  const makeWebm = async (toolBinaries: FfmpegBinaries, share: Share): Promise<WebmResult> => {
    const { result, cpuSeconds } = await convertTo('WEBM', toolBinaries, share)
    return { cpuSeconds, bytes: result.sizeBytes, ssim: await measureSsim(binaries.ffmpegPath, result, path) }
  }
  const carefulBinaries = { ...binaries, major: null }
  const makeFormerly = async () => ({
    careful: await makeWebm(carefulBinaries, makeAlone),
    separateCpuSeconds: await makePictures(makeAlone),
  })
  const early = isCarefulFirst ? await makeFormerly() : null
  const share = createSharedResults().forFile(path)
  const quick = await makeWebm(binaries, share)
  const sharedCpuSeconds = await makePictures(share)
  return { name, quick, sharedCpuSeconds, ...(early ?? (await makeFormerly())) }
}

const describe = ({ name, quick, careful, ...pictures }: ClipResult): Figure => {
  const gain = (quick.ssim - careful.ssim) * 1000
  const cpu = `CPU ${formatNumber(quick.cpuSeconds)} to ${formatNumber(careful.cpuSeconds)} s`
  const kib = `${formatNumber(quick.bytes / 1024)} to ${formatNumber(careful.bytes / 1024)} KiB`
  return informational(
    `  ${name}`,
    `${cpu}, pictures ${formatNumber(pictures.sharedCpuSeconds)} to ${formatNumber(pictures.separateCpuSeconds)} s, ${kib}, SSIM ${quick.ssim.toFixed(4)} (${gain < 0 ? '' : '+'}${gain.toFixed(1)} ‰)`,
  )
}

/** Compares the quick and the careful way to make a WebM, and pictures with shared facts and without, each clip in turn. */
export const compareSettings = async (usualBinaries: FfmpegBinaries, folder: string): Promise<Figure[]> => {
  const binaries = await findCurrentBinaries(usualBinaries)
  const results: ClipResult[] = []
  for (const [index, clip] of (await createClips(binaries.ffmpegPath, folder)).entries()) {
    const result = await compareClip(binaries, clip, { folder, isCarefulFirst: index % 2 === 0 })
    logProgress(`${describe(result).figure.trim()}: ${describe(result).measured}`)
    results.push(result)
  }
  const total = (way: 'quick' | 'careful', field: 'cpuSeconds' | 'bytes') => sum(results.map((row) => row[way][field]))
  const sharedSeconds = sum(results.map(({ sharedCpuSeconds }) => sharedCpuSeconds))
  const separateSeconds = sum(results.map(({ separateCpuSeconds }) => separateCpuSeconds))
  const byteRatios = results.map(({ quick, careful }) => quick.bytes / careful.bytes)
  const losses = results.map(({ quick, careful }) => careful.ssim - quick.ssim)
  return [
    atMost(
      `CPU time of three renditions, to those with the careful WebM and nothing shared (ffmpeg ${binaries.version})`,
      (total('quick', 'cpuSeconds') + sharedSeconds) / (total('careful', 'cpuSeconds') + separateSeconds),
      0.6,
      '',
    ),
    atMost('largest loss of SSIM of a WebM, in ‰', Math.max(...losses) * 1000, 2, ''),
    atMost('size of all WebM, to that of the careful ones', total('quick', 'bytes') / total('careful', 'bytes'), 1, ''),
    atMost('largest WebM, to the careful one', Math.max(...byteRatios), 1.25, ''),
    ...results.map(describe),
  ]
}
