import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { createHandlers } from '../../../worker/handlers.ts'
import { it } from '../../harness/filesIt.ts'
import { createLease } from '../../harness/lease.ts'
import { createOddFiles, h264 } from '../../harness/oddFiles.ts'

it('a conversion after one that failed reads the file again', async ({ files: { binaries } }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-repaired-'))
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
  const oddFiles = await createOddFiles(binaries.ffmpegPath, folder)
  await oddFiles.make('film.mp4', `-f lavfi -i mandelbrot=size=320x180:rate=12 -t 2 ${h264}`)
  await oddFiles.make('damaged.mp4', '-f lavfi -i sine -t 2')
  const { mediaInfo } = await examine(binaries, oddFiles.pathOf('film.mp4'), { fileName: 'film.mp4' })
  const stored = { path: oddFiles.pathOf('damaged.mp4') }
  const outcomes: string[] = []
  const log = createLogger('silent')
  const { preview } = createHandlers({
    services: {
      conversions: {
        start: async () => ({
          rendition: { id: 'a', revision: 0, profile: 'GIF' },
          sha256: 'b',
          mediaId: 'c',
          mediaInfo,
        }),
        fail: async (_task: object, { code }: { code: string }) => outcomes.push(code) > 0,
        complete: async () => outcomes.push('READY') > 0,
        reportProgress: async () => true,
      },
      blobs: { localFile: async () => stored.path, store: async () => undefined },
    } as never, // no other service is called
    pubsub: createMemoryPubSub({ log }),
    binaries,
    workspaces: createWorkspaces(folder),
    cores: 2,
    log,
  })
  const context = { signal: new AbortController().signal, willRetry: false, lease: createLease() }
  await preview({ renditionId: 'a', request: 0 }, context)
  stored.path = oddFiles.pathOf('film.mp4')
  await preview({ renditionId: 'a', request: 1 }, context)
  expect(outcomes).toEqual(['NO_CONTENT', 'READY'])
})
