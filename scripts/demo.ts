import { basename, join, resolve } from 'node:path'
import { createClient } from '../client/client.ts'
import { MediaDocument } from '../client/generated/documents.ts'
import { makeToken, type TokenRole } from '../src/adapters/auth.ts'
import { createLog } from '../src/adapters/logger.ts'
import { runProcess } from '../src/adapters/process.ts'
import { openRuntime, type Runtime } from '../src/adapters/runtime.ts'
import { authSecret } from '../src/adapters/secrets.ts'
import { startServer } from '../src/server.ts'
import type { Config } from '../src/services/config/config.ts'
import { findBinaries } from '../worker/ffmpeg/binaries.ts'
import { startWorker } from '../worker/worker.ts'
import { tourPeople } from './demo/assignments.ts'
import { tourCourse } from './demo/course.ts'
import { createBars, say } from './demo/terminal.ts'
import { type Progress, upload, watch } from './demo/upload.ts'
import { makeLecture } from './lecture.ts'

// Behind `npm run demo [-- path/to/video]`: one file goes the whole way, live, into a course, and then the server stays.

const tokenOf = async ({ auth, dataDir }: Config, name: string, role: TokenRole): Promise<string> => {
  if (auth.type === 'jwks') throw new Error('The demo makes its own token: unset AUTH_JWKS_URL.')
  const secret = auth.type === 'hs256' ? auth.secret : await authSecret(dataDir)
  return makeToken(secret, { sub: name.toLowerCase(), name, role, kind: 'person', expires: '12h' })
}

const run = async (runtime: Runtime): Promise<void> => {
  const { config } = runtime
  const url = `${config.publicUrl}/graphql`
  const token = await tokenOf(config, 'Ada', 'editor')
  const client = createClient({ url, token })
  runtime.onClose(() => client.close())
  const given = process.argv[2]
  const path = given === undefined ? await lecture(config) : resolve(process.env['INIT_CWD'] ?? '.', given)
  say(`\nUploading ${basename(path)} and following it over a WebSocket:\n`)
  const bars = createBars()
  const { mediaId, sending } = await upload(client, path, {
    input: { tags: ['demo'] },
    onProgress: (percent) => bars.show('upload', percent, percent < 100 ? 'sending' : 'arrived'),
  })
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
  if (media?.status === 'READY') {
    const tools = await findBinaries(config.ffmpeg)
    await tourCourse(client, { mediaId, kind: media.kind, folder: join(config.dataDir, 'demo'), tools })
    const admin = await tokenOf(config, 'Grace', 'admin')
    await tourPeople(client, { mediaId, connectAuditor: () => createClient({ url, token: admin, retryAttempts: 0 }) })
  }
  say(`\nMediagraph goes on serving. GraphiQL: ${url}, with these headers:\n`)
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
