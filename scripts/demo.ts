import { basename, join, resolve } from 'node:path'
import { createClient } from '../client/client.ts'
import { MediaDocument } from '../client/generated/documents.ts'
import { makeToken, type TokenRole } from '../src/adapters/auth.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { runProcess } from '../src/adapters/process.ts'
import { openRuntime, type Runtime } from '../src/adapters/runtime.ts'
import { loadAuthSecret } from '../src/adapters/secrets.ts'
import { createSignInLink, printSignInLink } from '../src/adapters/signInLink.ts'
import { startServer } from '../src/server.ts'
import type { Config } from '../src/services/config/config.ts'
import { findFfmpegBinaries } from '../worker/ffmpeg/binaries.ts'
import { startWorker } from '../worker/worker.ts'
import { tourUsers } from './demo/assignments.ts'
import { tourCourse } from './demo/course.ts'
import { tourLibrary } from './demo/library.ts'
import { fillLibrary } from './demo/pictures.ts'
import { tourSession } from './demo/session.ts'
import { createProgressBars, print } from './demo/terminal.ts'
import { type Progress, upload, waitForProcessing } from './demo/upload.ts'
import { makeLecture } from './lecture.ts'

// Runs `npm run demo [-- path/to/video]`: uploads one file, shows its processing live, uses it in a course and keeps serving.

const createToken = async ({ auth, dataDir }: Config, name: string, role: TokenRole): Promise<string> => {
  if (auth.type === 'jwks')
    throw new Error('The demo signs its own tokens, which AUTH_JWKS_URL does not allow. Unset it and try again.')
  const secret = auth.type === 'hs256' ? auth.secret : await loadAuthSecret(dataDir)
  return makeToken(secret, { sub: name.toLowerCase(), name, role, kind: 'person', expires: '12h' })
}

const run = async (runtime: Runtime): Promise<void> => {
  const { config } = runtime
  const url = `${config.publicUrl}/graphql`
  const token = await createToken(config, 'Ada', 'editor')
  const client = createClient({ url, token })
  runtime.onClose('demo client', () => client.close())
  const pathArgument = process.argv[2]
  const path =
    pathArgument === undefined ? await createLecture(config) : resolve(process.env['INIT_CWD'] ?? '.', pathArgument)
  print(`\nUploading ${basename(path)} and following its progress over a WebSocket:\n`)
  const bars = createProgressBars()
  const { mediaId, sending } = await upload(client, path, {
    input: { tags: ['demo'] },
    onProgress: (percent) => bars.show('upload', percent, percent < 100 ? 'sending' : 'uploaded'),
  })
  const showAll = ({ status, failure, renditions }: Progress): void => {
    bars.show('examine', status === 'PROCESSING' ? 0 : 100, failure?.message ?? status.toLowerCase())
    for (const { profile, percent, status, failure } of renditions)
      bars.show(profile.toLowerCase(), percent, failure?.message ?? status.toLowerCase())
  }
  await Promise.all([sending, waitForProcessing(client, mediaId, showAll)])
  bars.stop()
  const { media } = await client.send(MediaDocument, { id: mediaId })
  print('\nThe finished media graph:\n')
  print(JSON.stringify(media, null, 2))
  if (media?.status === 'READY') {
    const binaries = await findFfmpegBinaries(config.ffmpeg)
    const folder = join(config.dataDir, 'demo')
    await tourCourse(client, { mediaId, kind: media.kind, folder, binaries })
    await tourLibrary(client, { folder })
    const admin = await createToken(config, 'Grace', 'admin')
    await tourUsers(client, { mediaId, connectAuditor: () => createClient({ url, token: admin, retryAttempts: 0 }) })
  }
  await fillLibrary(client, join(config.dataDir, 'demo', 'pictures'))
  const database = runtime.ports.database
  await tourSession(await createSignInLink(config, database, { externalId: 'grace', name: 'Grace', role: 'ADMIN' }))
  print(`\nMediagraph keeps running. Open GraphiQL at ${url} and set these headers:\n`)
  print(`{ "Authorization": "Bearer ${token}" }\n`)
  print('The library is ready to be looked at in the console.\n')
  await printSignInLink(config, database)
  print('\nPress Ctrl+C to stop.')
}

const createLecture = async ({ dataDir, ffmpeg }: Config): Promise<string> => {
  print('No file given. Generating a short lecture with ffmpeg.')
  return makeLecture(await findFfmpegBinaries(ffmpeg), join(dataDir, 'lecture.mp4'))
}

await runProcess(async ({ config, log }) => {
  const quietLog = process.env['LOG_LEVEL'] === undefined ? createLogger('error') : log
  print('Starting PostgreSQL, the API and the worker …')
  const runtime = await openRuntime({ config, log: quietLog, isWorker: true })
  await startServer(runtime)
  await startWorker(runtime)
  await run(runtime).catch(async (error: unknown) => {
    await runtime.close()
    throw error
  })
  return runtime
})
