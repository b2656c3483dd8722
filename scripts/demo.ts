import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { MultiBar, Presets } from 'cli-progress'
import { type Client, createClient, sendBytes } from '../client/client.ts'
import {
  MediaDocument,
  MediaProgressDocument,
  type MediaProgressSubscription,
  MediaUploadCreateDocument,
} from '../client/generated/documents.ts'
import { makeToken } from '../src/adapters/auth.ts'
import { createLog } from '../src/adapters/log.ts'
import { runProcess } from '../src/adapters/process.ts'
import { openRuntime, type Runtime } from '../src/adapters/runtime.ts'
import { authSecret } from '../src/adapters/secrets.ts'
import { startServer } from '../src/server.ts'
import type { Config } from '../src/services/config.ts'
import { findBinaries } from '../worker/ffmpeg/binaries.ts'
import { startWorker } from '../worker/worker.ts'
import { makeLecture } from './lecture.ts'

// Behind `npm run demo [-- path/to/video]`: one file goes the whole way, live, and then the server stays.

const say = (text = ''): void => void process.stdout.write(`${text}\n`)

const tokenOf = async ({ auth, dataDir }: Config): Promise<string> => {
  if (auth.type === 'jwks') throw new Error('The demo makes its own token: unset AUTH_JWKS_URL.')
  const secret = auth.type === 'hs256' ? auth.secret : await authSecret(dataDir)
  return makeToken(secret, { sub: 'ada', name: 'Ada', role: 'editor', kind: 'person', expires: '12h' })
}

type Progress = MediaProgressSubscription['mediaProgress']

/** One bar for the upload, one per rendition as they appear. */
const createBars = () => {
  const bars = new MultiBar(
    { format: '  {name} {bar} {percentage}% {status}', hideCursor: true, noTTYOutput: true, notTTYSchedule: 1000 },
    Presets.shades_classic,
  )
  const byName = new Map<string, ReturnType<typeof bars.create>>()
  return {
    show(name: string, percent: number, status: string): void {
      const bar = byName.get(name) ?? bars.create(100, 0, { name: name.padEnd(9), status })
      byName.set(name, bar)
      bar.update(Math.floor(percent), { status })
    },
    stop: () => bars.stop(),
  }
}

/** The media's id, and whether it is the library's own copy already. */
const upload = async (client: Client, path: string, show: (percent: number, status: string) => void) => {
  const { size: sizeBytes } = await stat(path)
  const input = { fileName: basename(path), sizeBytes, allowDuplicate: true, tags: ['demo'] }
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, { input })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`The upload was refused: ${ticket.message}`)
  const sending = sendBytes(ticket.target, createReadStream(path), {
    sizeBytes,
    chunkSize: 16 * 1024 * 1024,
    onProgress: (sent) => show((100 * sent) / sizeBytes, 'sending'),
  }).then(() => show(100, 'arrived'))
  return { mediaId: ticket.upload.mediaId, sending }
}

const watch = async (client: Client, mediaId: string, show: (progress: Progress) => void): Promise<void> => {
  for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids: [mediaId] })) show(mediaProgress)
}

const run = async (runtime: Runtime): Promise<void> => {
  const { config } = runtime
  const token = await tokenOf(config)
  const client = createClient({ url: `${config.publicUrl}/graphql`, token })
  runtime.onClose(() => client.close())
  const given = process.argv[2]
  const path = given === undefined ? await lecture(config) : resolve(process.env['INIT_CWD'] ?? '.', given)
  say(`\nUploading ${basename(path)} and following it over a WebSocket:\n`)
  const bars = createBars()
  const { mediaId, sending } = await upload(client, path, (percent, status) => bars.show('upload', percent, status))
  const showAll = ({ status, failure, renditions }: Progress): void => {
    bars.show('examine', status === 'PROCESSING' ? 0 : 100, failure?.message ?? status.toLowerCase())
    for (const { profile, percent, status, failure } of renditions)
      bars.show(profile.toLowerCase(), percent, failure?.message ?? status.toLowerCase())
  }
  await Promise.all([sending, watch(client, mediaId, showAll)])
  bars.stop()
  const { media } = await client.send(MediaDocument, { id: mediaId })
  say('\nThe finished media graph:\n')
  say(JSON.stringify(media, null, 2))
  say(`\nMediagraph goes on serving. GraphiQL: ${config.publicUrl}/graphql, with these headers:\n`)
  say(`{ "Authorization": "Bearer ${token}" }\n`)
  say('Press Ctrl+C to stop.')
}

const lecture = async ({ dataDir, ffmpeg }: Config): Promise<string> => {
  say('No file given: making a short lecture with ffmpeg.')
  return makeLecture(await findBinaries(ffmpeg), join(dataDir, 'lecture.mp4'))
}

await runProcess(async ({ config, log }) => {
  const quiet = process.env['LOG_LEVEL'] === undefined ? createLog('error') : log
  say('Starting PostgreSQL, the API and the worker…')
  const runtime = await openRuntime({ config, log: quiet, works: true })
  await startServer(runtime)
  await startWorker(runtime)
  await run(runtime).catch(async (error: unknown) => {
    await runtime.close()
    throw error
  })
  return runtime
})
