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
import { compareSettings } from './conversion/settings.ts'
import { atMost, type Figure, formatNumber, formatValues, informational, logProgress, median } from './figures.ts'
import { openWorld, readCpuSeconds, type World } from './world.ts'

export const title = 'conversion: jobs of a running server, relative to plain ffmpeg commands'

const rounds = 3
const profiles: RenditionProfile[] = ['THUMBNAIL', 'GIF', 'WEBM']
const clipSeconds = 30

const ffmpeg = async (path: string, commandArguments: string[]): Promise<void> => {
  // The server runs ffmpeg at low priority, so plain commands must not compete with other work at a higher one.
  const child = spawn('nice', ['-n', '10', path, ...commandArguments], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`ffmpeg exited with ${code}: ${commandArguments.join(' ')}`)
}

const createClip = async ({ ffmpegPath }: FfmpegBinaries, path: string): Promise<string> => {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=854x480:rate=25:duration=${clipSeconds}`]
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=220:beep_factor=4:duration=${clipSeconds}`]
  const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  await ffmpeg(ffmpegPath, ['-y', ...picture, ...sound, ...codecs, path])
  return path
}

/** Repeats the clip up to the given duration by stream copy, without encoding. */
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

/** Records the ffmpeg command lines that the worker runs for a profile, in order, including the search for a poster frame. */
const recordCommands = async (binaries: FfmpegBinaries, folder: string, clip: string, profile: RenditionProfile) => {
  const workspacePath = join(folder, `plain-${profile}`)
  const recordPath = join(folder, `lines-${profile}`)
  await mkdir(workspacePath)
  await mkdir(recordPath)
  const recorder = join(folder, `recorder-${profile}`)
  const lines = [
    '#!/bin/sh',
    `count=$(ls '${recordPath}' | wc -l)`,
    `printf '%s\\0' "$@" > '${recordPath}'/$((1000 + count))`,
    `exec '${binaries.ffmpegPath}' "$@"`,
  ]
  await writeFile(recorder, `${lines.join('\n')}\n`)
  await chmod(recorder, 0o755)
  const { ok, mediaInfo } = await examine(binaries, clip, { fileName: 'clip.mp4' })
  if (!ok) throw new Error('The generated clip failed the examination.')
  const request = { profile, inputPath: clip, mediaInfo, workspacePath, cores: availableParallelism() }
  await convert({ ...binaries, ffmpegPath: recorder }, request)
  const names = (await readdir(recordPath)).toSorted()
  return Promise.all(
    names.map(async (name) => (await readFile(join(recordPath, name), 'utf8')).split('\0').slice(0, -1)),
  )
}

const runPlain = async ({ ffmpegPath }: FfmpegBinaries, commands: string[][][]): Promise<Run> => {
  const startMs = performance.now()
  const endSeconds = await Promise.all(
    commands.map(async (profileCommands) => {
      for (const commandArguments of profileCommands) await ffmpeg(ffmpegPath, commandArguments)
      return (performance.now() - startMs) / 1000
    }),
  )
  return { seconds: Math.max(...endSeconds), endSeconds }
}

const upload = async (client: Client, path: string): Promise<string> => {
  const { size: sizeBytes } = await stat(path)
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'clip.mp4', sizeBytes, allowDuplicate: true },
  })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`Failed to create the upload: ${ticket.message}`)
  const bytes = Buffer.from(await (await openAsBlob(path)).arrayBuffer())
  await sendBytes(ticket.target, bytes, { sizeBytes })
  return ticket.upload.mediaId
}

interface Run {
  /** Time until the last rendition was finished. */
  seconds: number
  /** Time until each rendition was finished. */
  endSeconds: number[]
}

interface Round {
  ours: Run
  plain: Run
  /** CPU time of the server and its ffmpeg processes divided by that of the plain commands; null if not measurable. */
  cpuRatio: number | null
}

/** Measures CPU time as well: unlike wall time, it does not include waiting for a busy machine. */
const measureCpu = async (pid: number, work: () => Promise<Run>) => {
  const initialSeconds = await readCpuSeconds(pid)
  const result = await work()
  const finalSeconds = await readCpuSeconds(pid)
  const isKnown = initialSeconds !== null && finalSeconds !== null
  return { result, cpuSeconds: isKnown ? finalSeconds - initialSeconds : null }
}

interface Job {
  startedAtSeconds: number
  readyAtSeconds: number
}

/** Reads when a worker started each conversion job and when its result was committed, both by the database's clock. */
const readJobs = async ({ database }: World, mediaId: string): Promise<Map<RenditionProfile, Job>> => {
  const { rows } = await database.query(
    `SELECT r.profile, extract(epoch FROM min(job.started_on))::float8 AS "startedAtSeconds",
            extract(epoch FROM min(e.at))::float8 AS "readyAtSeconds"
     FROM "Rendition" r
       JOIN "MediaVersion" v ON v.id = r."versionId"
       JOIN pgboss.job ON job.data->>'renditionId' = r.id::text
       LEFT JOIN "Event" e ON e."nodeId" = r.id AND e.action = 'rendition.completed'
     WHERE v."mediaId" = $1 GROUP BY r.profile`,
    [mediaId.replace('Media:', '')],
  )
  return new Map(
    rows.map(({ profile, startedAtSeconds, readyAtSeconds }) => [profile, { startedAtSeconds, readyAtSeconds }]),
  )
}

const findJob = (jobs: Map<RenditionProfile, Job>, profile: RenditionProfile): Job => {
  const job = jobs.get(profile)
  if (!job?.startedAtSeconds || !job.readyAtSeconds) throw new Error(`The ${profile} rendition was not created.`)
  return job
}

const convertAll = async (world: World, client: Client, path: string): Promise<Run> => {
  const mediaId = await upload(client, path)
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
    if (mediaProgress.failure) throw new Error(mediaProgress.failure.message)
  const jobs = await readJobs(world, mediaId)
  const all = profiles.map((profile) => findJob(jobs, profile))
  const startSeconds = Math.min(...all.map(({ startedAtSeconds }) => startedAtSeconds))
  const endSeconds = all.map(({ readyAtSeconds }) => readyAtSeconds - startSeconds)
  return { seconds: Math.max(...endSeconds), endSeconds }
}

/** Waits until one rendition is READY, then cancels the others. Returns its duration and the state of the WEBM at that time. */
const convertUntilReady = async (world: World, client: Client, path: string, profile: RenditionProfile) => {
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
  const { startedAtSeconds, readyAtSeconds } = findJob(await readJobs(world, mediaId), profile)
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] }))
    for (const { id, status } of mediaProgress.renditions)
      if (status === 'QUEUED' || status === 'PROCESSING') await client.send(RenditionCancelDocument, { id })
  return { seconds: readyAtSeconds - startedAtSeconds, webm }
}

/** Copies the clip with different bytes but the same video: appends an MP4 `free` box, which players skip. */
const createVariant = async (clip: string, path: string, round: number): Promise<string> => {
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
  const clip = await createClip(binaries, join(folder, 'clip.mp4'))
  const commands = await Promise.all(profiles.map((profile) => recordCommands(binaries, folder, clip, profile)))
  logProgress(
    `Plain commands per profile: ${profiles.map((profile, index) => `${profile} ${commands[index]?.length}`).join(', ')}`,
  )

  const server = await world.serve('scripts/start.ts')
  const client = await world.client()
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const path = await createVariant(clip, join(folder, 'variant.mp4'), round)
    const runs = {
      plain: () => measureCpu(process.pid, () => runPlain(binaries, commands)),
      ours: () => measureCpu(server.pid, () => convertAll(world, client, path)),
    }
    // Alternates the order, so that neither side always runs second.
    const firstPlain = round % 2 === 0 ? await runs.plain() : null
    const ours = await runs.ours()
    const plain = firstPlain ?? (await runs.plain())
    const cpuRatio = ours.cpuSeconds && plain.cpuSeconds && ours.cpuSeconds / plain.cpuSeconds
    logProgress(
      `Round ${round + 1}: server ${formatValues(ours.result.endSeconds)} s, plain ${formatValues(plain.result.endSeconds)} s`,
    )
    results.push({ ours: ours.result, plain: plain.result, cpuRatio })
  }
  const ratios = results.map(({ ours, plain }) => ours.seconds / plain.seconds)
  const cpuRatios = results.map((result) => result.cpuRatio).filter((ratio) => ratio !== null)

  const lecture = await repeatClip(binaries, clip, 300, join(folder, 'lecture.mp4'))
  const gif = await convertUntilReady(world, client, lecture, 'GIF')
  await rm(lecture)
  const hourClip = await repeatClip(binaries, clip, 3600, join(folder, 'hour.mp4'))
  const { size } = await stat(hourClip)
  const thumbnail = await convertUntilReady(world, client, hourClip, 'THUMBNAIL')
  const settingsFigures = await compareSettings(binaries, folder)
  const seconds = (side: 'ours' | 'plain') => `${formatNumber(median(results.map((result) => result[side].seconds)))} s`

  return [
    atMost(
      'three renditions of a 30 s video, relative to plain commands in parallel',
      median(ratios),
      1.1,
      '',
      ` (median of ${formatValues(ratios)})`,
    ),
    informational('  server, plain commands', `${seconds('ours')}, ${seconds('plain')}`),
    informational(
      '  CPU time, relative to the plain commands',
      cpuRatios.length > 0
        ? `${formatNumber(median(cpuRatios))} (median of ${formatValues(cpuRatios)})`
        : 'not measurable on this system',
    ),
    atMost(
      'thumbnail of a one-hour video, from the start of its job',
      thumbnail.seconds,
      5,
      ' s',
      `, ${formatNumber(size / 1024 ** 2)} MiB, WEBM ${thumbnail.webm.status}`,
    ),
    {
      figure: 'GIF of a five-minute video, before its WEBM is ready',
      measured: `${formatNumber(gif.seconds)} s, WEBM ${gif.webm.status} at ${formatNumber(gif.webm.percent)} %`,
      target: 'READY first',
      met: gif.webm.status === 'PROCESSING' || gif.webm.status === 'QUEUED',
    },
    ...settingsFigures,
  ]
}
