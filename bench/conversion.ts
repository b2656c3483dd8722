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
import { type Binaries, findBinaries } from '../worker/ffmpeg/binaries.ts'
import { convert } from '../worker/ffmpeg/convert.ts'
import { examine } from '../worker/ffmpeg/examine.ts'
import { atMost, type Figure, forTheRecord, median, say, shown, spread } from './figures.ts'
import { openWorld, processorSeconds, type World } from './world.ts'

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

const makeClip = async ({ ffmpegPath }: Binaries, path: string): Promise<string> => {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=854x480:rate=25:duration=${clipSeconds}`]
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=220:beep_factor=4:duration=${clipSeconds}`]
  const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  await ffmpeg(ffmpegPath, ['-y', ...picture, ...sound, ...codecs, path])
  return path
}

/** The clip over and over, without encoding it anew. */
const repeat = async ({ ffmpegPath }: Binaries, clip: string, seconds: number, path: string): Promise<string> => {
  const times = Math.round(seconds / clipSeconds)
  await ffmpeg(ffmpegPath, ['-y', '-stream_loop', String(times - 1), '-i', clip, '-c', 'copy', path])
  return path
}

/** The command lines that the worker's library runs for a profile, in order: searches for the moment and all. */
const record = async (binaries: Binaries, folder: string, clip: string, profile: RenditionProfile) => {
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
  const { ok, facts } = await examine(binaries, clip, { fileName: 'clip.mp4' })
  if (!ok) throw new Error('The clip is not usable.')
  const request = { profile, inputPath: clip, facts, workspacePath, cores: availableParallelism() }
  await convert({ ...binaries, ffmpegPath: recorder }, request)
  const names = (await readdir(linesPath)).toSorted()
  return Promise.all(
    names.map(async (name) => (await readFile(join(linesPath, name), 'utf8')).split('\0').slice(0, -1)),
  )
}

const runPlain = async ({ ffmpegPath }: Binaries, commands: string[][][]): Promise<Run> => {
  const began = performance.now()
  const ends = await Promise.all(
    commands.map(async (ofProfile) => {
      for (const commandArguments of ofProfile) await ffmpeg(ffmpegPath, commandArguments)
      return (performance.now() - began) / 1000
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
const clocked = async (pid: number, work: () => Promise<Run>) => {
  const before = await processorSeconds(pid)
  const result = await work()
  const after = await processorSeconds(pid)
  return { result, processorSeconds: before !== null && after !== null ? after - before : null }
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
  const began = Math.min(...all.map(({ startedAt }) => startedAt))
  return {
    seconds: Math.max(...all.map(({ readyAt }) => readyAt)) - began,
    ends: all.map(({ readyAt }) => readyAt - began),
  }
}

/** Follows until one rendition is READY, gives the rest up, and tells how far the WEBM was then. */
const convertUntil = async (world: World, client: Client, path: string, profile: RenditionProfile) => {
  const mediaId = await upload(client, path)
  let webm = { status: '', percent: 0 }
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] })) {
    if (mediaProgress.failure) throw new Error(mediaProgress.failure.message)
    const find = (wanted: RenditionProfile) => mediaProgress.renditions.find((other) => other.profile === wanted)
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
  const binaries = await findBinaries({
    ffmpegPath: process.env.FFMPEG_PATH || undefined,
    ffprobePath: process.env.FFPROBE_PATH || undefined,
  })
  const clip = await makeClip(binaries, join(folder, 'clip.mp4'))
  const commands = await Promise.all(profiles.map((profile) => record(binaries, folder, clip, profile)))
  say(`plain commands: ${profiles.map((profile, index) => `${profile} ${commands[index]?.length}`).join(', ')}`)

  const server = await world.serve('scripts/start.ts')
  const client = await world.client()
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const path = await variant(clip, join(folder, 'variant.mp4'), round)
    const runs = {
      plain: () => clocked(process.pid, () => runPlain(binaries, commands)),
      ours: () => clocked(server.pid, () => convertAll(world, client, path)),
    }
    // In turns, so that neither always comes after the other.
    const first = round % 2 === 0 ? await runs.plain() : null
    const ours = await runs.ours()
    const plain = first ?? (await runs.plain())
    const processor = ours.processorSeconds && plain.processorSeconds && ours.processorSeconds / plain.processorSeconds
    say(`round ${round + 1}: ours ${spread(ours.result.ends)} s, plain ${spread(plain.result.ends)} s`)
    results.push({ ours: ours.result, plain: plain.result, processor })
  }
  const ratios = results.map(({ ours, plain }) => ours.seconds / plain.seconds)
  const processor = results.map((result) => result.processor).filter((ratio) => ratio !== null)

  const lecture = await repeat(binaries, clip, 300, join(folder, 'lecture.mp4'))
  const gif = await convertUntil(world, client, lecture, 'GIF')
  await rm(lecture)
  const hour = await repeat(binaries, clip, 3600, join(folder, 'hour.mp4'))
  const { size } = await stat(hour)
  const thumbnail = await convertUntil(world, client, hour, 'THUMBNAIL')
  const seconds = (whose: 'ours' | 'plain') => `${shown(median(results.map((result) => result[whose].seconds)))} s`

  return [
    atMost(
      'three renditions of 30 s, to plain commands side by side',
      median(ratios),
      1.1,
      '',
      ` (median of ${spread(ratios)})`,
    ),
    forTheRecord('  ours, plain', `${seconds('ours')}, ${seconds('plain')}`),
    forTheRecord(
      '  processor time, to that of the plain commands',
      processor.length > 0
        ? `${shown(median(processor))} (median of ${spread(processor)})`
        : 'not known on this system',
    ),
    atMost(
      'thumbnail of one hour, from its job’s start',
      thumbnail.seconds,
      5,
      ' s',
      `, ${shown(size / 1024 ** 2)} MiB, WEBM ${thumbnail.webm.status}`,
    ),
    {
      figure: 'GIF of five minutes, while its WEBM is being made',
      measured: `${shown(gif.seconds)} s, WEBM ${gif.webm.status} at ${shown(gif.webm.percent)} %`,
      target: 'READY first',
      met: gif.webm.status === 'PROCESSING' || gif.webm.status === 'QUEUED',
    },
  ]
}
