import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openAsBlob } from 'node:fs'
import { appendFile, chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Client, sendBytes } from '../client/client.ts'
import {
  MediaProgressDocument,
  MediaUploadCreateDocument,
  RenditionCancelDocument,
} from '../client/generated/documents.ts'
import type { RenditionProfile } from '../prisma/generated/client/enums.ts'
import { type FfmpegBinaries, findFfmpegBinaries } from '../worker/ffmpeg/binaries.ts'
import { convert } from '../worker/ffmpeg/convert.ts'
import { examine } from '../worker/ffmpeg/examine.ts'
import { atMost, type Figure, formatNumber, formatValues, informational, logProgress, median } from './figures.ts'
import { openWorld, readCpuSeconds, type World } from './world.ts'

export const title = 'conversion: jobs of a running server against plain ffmpeg'

const rounds = 3
const profiles: RenditionProfile[] = ['THUMBNAIL', 'GIF', 'WEBM']
const clipSeconds = 30

const ffmpeg = async (path: string, commandArguments: string[]): Promise<void> => {
  // The server gives its tools a low priority: beside other work, a plain command must not have a higher one.
  const child = spawn('nice', ['-n', '10', path, ...commandArguments], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${commandArguments.join(' ')}`)
}

const makeClip = async ({ ffmpegPath }: FfmpegBinaries, path: string): Promise<string> => {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=854x480:rate=25:duration=${clipSeconds}`]
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=220:beep_factor=4:duration=${clipSeconds}`]
  const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  await ffmpeg(ffmpegPath, ['-y', ...picture, ...sound, ...codecs, path])
  return path
}

/** The clip over and over, without encoding it anew. */
const repeatClip = async (
  { ffmpegPath }: FfmpegBinaries,
  clip: string,
  seconds: number,
  path: string,
): Promise<string> => {
  const times = Math.round(seconds / clipSeconds)
  await ffmpeg(ffmpegPath, ['-y', '-stream_loop', String(times - 1), '-i', clip, '-c', 'copy', path])
  return path
}

/** The command lines that the worker's library runs for a profile, in order: searches for the moment and all. */
const recordCommands = async (binaries: FfmpegBinaries, folder: string, clip: string, profile: RenditionProfile) => {
  const workspacePath = join(folder, `plain-${profile}`)
  const linesPath = join(folder, `lines-${profile}`)
  await mkdir(workspacePath)
  await mkdir(linesPath)
  const recorder = join(folder, `recorder-${profile}`)
  const lines = [
    '#!/bin/sh',
    `count=$(ls '${linesPath}' | wc -l)`,
    `printf '%s\\0' "$@" > '${linesPath}'/$((1000 + count))`,
    `exec '${binaries.ffmpegPath}' "$@"`,
  ]
  await writeFile(recorder, `${lines.join('\n')}\n`)
  await chmod(recorder, 0o755)
  const { ok, mediaInfo } = await examine(binaries, clip, { fileName: 'clip.mp4' })
  if (!ok) throw new Error('The clip is not usable.')
  const request = { profile, inputPath: clip, mediaInfo, workspacePath, cores: availableParallelism() }
  await convert({ ...binaries, ffmpegPath: recorder }, request)
  const names = (await readdir(linesPath)).toSorted()
  return Promise.all(
    names.map(async (name) => (await readFile(join(linesPath, name), 'utf8')).split('\0').slice(0, -1)),
  )
}

const runPlain = async ({ ffmpegPath }: FfmpegBinaries, commands: string[][][]): Promise<Run> => {
  const startTime = performance.now()
  const ends = await Promise.all(
    commands.map(async (profileCommands) => {
      for (const commandArguments of profileCommands) await ffmpeg(ffmpegPath, commandArguments)
      return (performance.now() - startTime) / 1000
    }),
  )
  return { seconds: Math.max(...ends), ends }
}

const upload = async (client: Client, path: string): Promise<string> => {
  const { size: sizeBytes } = await stat(path)
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'clip.mp4', sizeBytes, allowDuplicate: true },
  })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`Refused: ${ticket.message}`)
  const bytes = Buffer.from(await (await openAsBlob(path)).arrayBuffer())
  await sendBytes(ticket.target, bytes, { sizeBytes })
  return ticket.upload.mediaId
}

interface Run {
  /** Until the last one is there. */
  seconds: number
  /** Until each one is there. */
  ends: number[]
}

interface Round {
  ours: Run
  plain: Run
  /** Processor time of the server and its tools against that of the plain commands; null where it is not known. */
  processor: number | null
}

/** What waits for a busy machine costs wall time, but no processor time. */
const measureCpu = async (pid: number, work: () => Promise<Run>) => {
  const initialSeconds = await readCpuSeconds(pid)
  const result = await work()
  const after = await readCpuSeconds(pid)
  return { result, cpuSeconds: initialSeconds !== null && after !== null ? after - initialSeconds : null }
}

interface Job {
  startedAt: number
  readyAt: number
}

/** When each conversion's job was taken, and when its result was committed: both by the database's clock, in seconds. */
const jobsOf = async ({ database }: World, mediaId: string): Promise<Map<RenditionProfile, Job>> => {
  const { rows } = await database.query(
    `SELECT r.profile, extract(epoch FROM min(job.started_on))::float8 AS "startedAt",
            extract(epoch FROM min(e.at))::float8 AS "readyAt"
     FROM "Rendition" r
       JOIN "MediaVersion" v ON v.id = r."versionId"
       JOIN pgboss.job ON job.data->>'renditionId' = r.id::text
       LEFT JOIN "Event" e ON e."nodeId" = r.id AND e.action = 'rendition.completed'
     WHERE v."mediaId" = $1 GROUP BY r.profile`,
    [mediaId.replace('Media:', '')],
  )
  return new Map(rows.map(({ profile, startedAt, readyAt }) => [profile, { startedAt, readyAt }]))
}

const jobOf = (jobs: Map<RenditionProfile, Job>, profile: RenditionProfile): Job => {
  const job = jobs.get(profile)
  if (!job?.startedAt || !job.readyAt) throw new Error(`${profile} was not made.`)
  return job
}

const convertAll = async (world: World, client: Client, path: string): Promise<Run> => {
  const mediaId = await upload(client, path)
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
    if (mediaProgress.failure) throw new Error(mediaProgress.failure.message)
  const jobs = await jobsOf(world, mediaId)
  const all = profiles.map((profile) => jobOf(jobs, profile))
  const startTime = Math.min(...all.map(({ startedAt }) => startedAt))
  return {
    seconds: Math.max(...all.map(({ readyAt }) => readyAt)) - startTime,
    ends: all.map(({ readyAt }) => readyAt - startTime),
  }
}

/** Follows until one rendition is READY, gives the rest up, and tells how far the WEBM was then. */
const convertUntil = async (world: World, client: Client, path: string, profile: RenditionProfile) => {
  const mediaId = await upload(client, path)
  let webm = { status: '', percent: 0 }
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] })) {
    if (mediaProgress.failure) throw new Error(mediaProgress.failure.message)
    const find = (requestedProfile: RenditionProfile) =>
      mediaProgress.renditions.find((other) => other.profile === requestedProfile)
    if (find(profile)?.status !== 'READY') continue
    const { status = '', percent = 0 } = find('WEBM') ?? {}
    webm = { status, percent }
    break
  }
  const { startedAt, readyAt } = jobOf(await jobsOf(world, mediaId), profile)
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
    for (const { id, status } of mediaProgress.renditions)
      if (status === 'QUEUED' || status === 'PROCESSING') await client.send(RenditionCancelDocument, { id })
  return { seconds: readyAt - startedAt, webm }
}

/** Other bytes, same film: a box that players skip. */
const variant = async (clip: string, path: string, round: number): Promise<string> => {
  const box = Buffer.alloc(16)
  box.writeUInt32BE(box.length)
  box.write('free', 4)
  box.writeUInt32BE(round, 8)
  await copyFile(clip, path)
  await appendFile(path, box)
  return path
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const folder = world.path
  const binaries = await findFfmpegBinaries({
    ffmpegPath: process.env.FFMPEG_PATH || undefined,
    ffprobePath: process.env.FFPROBE_PATH || undefined,
  })
  const clip = await makeClip(binaries, join(folder, 'clip.mp4'))
  const commands = await Promise.all(profiles.map((profile) => recordCommands(binaries, folder, clip, profile)))
  logProgress(`plain commands: ${profiles.map((profile, index) => `${profile} ${commands[index]?.length}`).join(', ')}`)

  const server = await world.serve('scripts/start.ts')
  const client = await world.client()
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const path = await variant(clip, join(folder, 'variant.mp4'), round)
    const runs = {
      plain: () => measureCpu(process.pid, () => runPlain(binaries, commands)),
      ours: () => measureCpu(server.pid, () => convertAll(world, client, path)),
    }
    // In turns, so that neither always comes after the other.
    const first = round % 2 === 0 ? await runs.plain() : null
    const ours = await runs.ours()
    const plain = first ?? (await runs.plain())
    const processor = ours.cpuSeconds && plain.cpuSeconds && ours.cpuSeconds / plain.cpuSeconds
    logProgress(
      `round ${round + 1}: ours ${formatValues(ours.result.ends)} s, plain ${formatValues(plain.result.ends)} s`,
    )
    results.push({ ours: ours.result, plain: plain.result, processor })
  }
  const ratios = results.map(({ ours, plain }) => ours.seconds / plain.seconds)
  const processor = results.map((result) => result.processor).filter((ratio) => ratio !== null)

  const lecture = await repeatClip(binaries, clip, 300, join(folder, 'lecture.mp4'))
  const gif = await convertUntil(world, client, lecture, 'GIF')
  await rm(lecture)
  const hourClip = await repeatClip(binaries, clip, 3600, join(folder, 'hour.mp4'))
  const { size } = await stat(hourClip)
  const thumbnail = await convertUntil(world, client, hourClip, 'THUMBNAIL')
  const seconds = (side: 'ours' | 'plain') => `${formatNumber(median(results.map((result) => result[side].seconds)))} s`

  return [
    atMost(
      'three renditions of 30 s, to plain commands side by side',
      median(ratios),
      1.1,
      '',
      ` (median of ${formatValues(ratios)})`,
    ),
    informational('  ours, plain', `${seconds('ours')}, ${seconds('plain')}`),
    informational(
      '  processor time, to that of the plain commands',
      processor.length > 0
        ? `${formatNumber(median(processor))} (median of ${formatValues(processor)})`
        : 'not known on this system',
    ),
    atMost(
      'thumbnail of one hour, from its job’s start',
      thumbnail.seconds,
      5,
      ' s',
      `, ${formatNumber(size / 1024 ** 2)} MiB, WEBM ${thumbnail.webm.status}`,
    ),
    {
      figure: 'GIF of five minutes, while its WEBM is being made',
      measured: `${formatNumber(gif.seconds)} s, WEBM ${gif.webm.status} at ${formatNumber(gif.webm.percent)} %`,
      target: 'READY first',
      met: gif.webm.status === 'PROCESSING' || gif.webm.status === 'QUEUED',
    },
  ]
}
