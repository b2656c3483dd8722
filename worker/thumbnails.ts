import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../src/services/kernel/ports.ts'
import type { Thumbnails } from '../src/services/rendition/thumbnails.ts'
import type { Blobs } from '../src/services/storage/blobs.ts'
import { BlobFaultError } from '../src/services/storage/integrity.ts'
import type { Conversion } from './ffmpeg/convert.ts'
import { ConversionError, type ConversionFailureCode } from './ffmpeg/failures.ts'
import { makeThumbnails } from './ffmpeg/thumbnails/makeThumbnails.ts'
import type { ThumbnailReply } from './ffmpeg/thumbnails/protocol.ts'
import { testThumbnails } from './ffmpeg/thumbnails/selfTest.ts'
import type { Workspaces } from './ffmpeg/workspace.ts'

interface ThumbnailMakerDependencies {
  services: { blobs: Pick<Blobs, 'store' | 'localFile'>; thumbnails: Omit<Thumbnails, 'requeueFaulty'> }
  workspaces: Workspaces
  log: Logger
  /** Process that makes thumbnails. */
  runProcess?: typeof makeThumbnails
}

interface ThumbnailMaker {
  /** Makes the thumbnails of a picture that was just converted. If that fails, the background job tries again. */
  makeFor(
    rendition: { id: string; versionId: string },
    conversion: Pick<Conversion, 'path' | 'thumbnails'>,
    options: { workspacePath: string; signal: AbortSignal },
  ): Promise<void>
  /**
   * Makes missing thumbnails for about a minute, or until `signal` aborts. Resolves to the number of versions. Rejects if
   * the machine or the installation is at fault: then all pictures stay pending.
   */
  makePending(signal: AbortSignal): Promise<number>
}

interface Picture {
  versionId: string
  inputPath: string
}

/** Number of pictures of which one process makes the thumbnails: starting it takes longer than one picture. */
const batchSize = 20
/** The schedule starts the next run after a minute. */
const maxRunMs = 50_000
/** Failures that no picture causes. */
const machineFailures: readonly ConversionFailureCode[] = ['NO_SPACE', 'TOOL_MISSING']

/** Makes and stores thumbnails. */
export const createThumbnailMaker = (dependencies: ThumbnailMakerDependencies): ThumbnailMaker => {
  const { services, workspaces, log, runProcess = makeThumbnails } = dependencies
  const { blobs, thumbnails } = services

  const store = async (path: string, width: number) => {
    const bytes = await readFile(path)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await blobs.store({ sha256, sizeBytes: bytes.length, path })
    return { width, sha256, sizeBytes: bytes.length }
  }

  const save = async (versionId: string, made: ThumbnailReply[number]): Promise<void> => {
    if (!made.ok) {
      log.warn({ versionId, detail: made.detail }, 'Failed to make the thumbnails of a picture; it has none.')
      await thumbnails.save(versionId, null)
      return
    }
    const files = []
    for (const { path, width } of made.files) files.push(await store(path, width))
    await thumbnails.save(versionId, { files, placeholder: made.placeholder })
  }

  /** Resolves to the number of pictures that now have thumbnails. */
  const make = async (pictures: readonly Picture[], workspacePath: string, signal: AbortSignal): Promise<number> => {
    const request = pictures.map(({ versionId, inputPath }) => ({
      inputPath,
      outputPath: join(workspacePath, versionId),
    }))
    const reply = await runProcess(request, signal)
    for (const [index, { versionId }] of pictures.entries()) {
      const made = reply[index]
      if (made !== undefined) await save(versionId, made)
    }
    return reply.filter(({ ok }) => ok).length
  }

  /** Picture that cannot be read, or ends its process: others have their turn before it is tried again. */
  const postpone = async (versionId: string, error: unknown): Promise<void> => {
    const isLast = await thumbnails.postpone(versionId)
    const message = isLast
      ? 'Failed to make the thumbnails of a picture for the last time; it has none.'
      : 'Failed to make the thumbnails of a picture; retrying later.'
    log.warn({ err: error, versionId }, message)
  }

  const makeAlone = async (picture: Picture, workspacePath: string, signal: AbortSignal): Promise<number> => {
    try {
      return await make([picture], workspacePath, signal)
    } catch (error) {
      if (!(error instanceof ConversionError) || machineFailures.includes(error.failure.code)) throw error
      await testThumbnails(runProcess, workspacePath, signal)
      await postpone(picture.versionId, error)
      return 0
    }
  }

  const makeBatch = async (
    pictures: readonly Picture[],
    workspacePath: string,
    signal: AbortSignal,
  ): Promise<number> => {
    try {
      return await make(pictures, workspacePath, signal)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      let madeCount = 0
      for (const picture of pictures) madeCount += await makeAlone(picture, workspacePath, signal)
      return madeCount
    }
  }

  /** Returns the pictures whose bytes are intact. A fault that is found is marked, so that the next list leaves it out. */
  const readPictures = async (workspacePath: string, signal: AbortSignal): Promise<Picture[]> => {
    const pictures: Picture[] = []
    const failures: { versionId: string; error: unknown }[] = []
    for (const { versionId, sha256 } of await thumbnails.listPending(batchSize))
      try {
        pictures.push({ versionId, inputPath: await blobs.localFile(sha256, workspacePath, signal) })
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof BlobFaultError)) failures.push({ versionId, error })
      }
    // If no picture can be read, the storage is at fault.
    if (pictures.length === 0 && failures[0] !== undefined) throw failures[0].error
    for (const { versionId, error } of failures) await postpone(versionId, error)
    return pictures
  }

  return {
    async makeFor({ id, versionId }, { path: inputPath, thumbnails: written }, { workspacePath, signal }) {
      if (written !== undefined) return save(versionId, { ok: true, ...written })
      try {
        await make([{ versionId, inputPath }], workspacePath, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof ConversionError)) throw error
        log.warn({ err: error, renditionId: id }, 'Failed to make the thumbnails of a picture; a job tries again.')
      }
    },

    async makePending(signal) {
      const endMs = performance.now() + maxRunMs
      let madeCount = 0
      while (performance.now() < endMs) {
        const startMs = performance.now()
        await using workspace = await workspaces.create()
        const pictures = await readPictures(workspace.path, signal)
        if (pictures.length === 0) return madeCount
        madeCount += await makeBatch(pictures, workspace.path, signal)
        // Leaves half of the time to conversions, for which people wait.
        await sleep(performance.now() - startMs, undefined, { signal })
      }
      return madeCount
    },
  }
}
