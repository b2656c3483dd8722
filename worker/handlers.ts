import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { FailureReason } from '../src/services/kernel/failure.ts'
import type { JobContext, JobHandlers } from '../src/services/kernel/jobs.ts'
import { shutdownReason } from '../src/services/kernel/jobs.ts'
import { mediaChannel, mediaMessage } from '../src/services/kernel/messages.ts'
import type { Logger, PubSub } from '../src/services/kernel/ports.ts'
import type { ConversionTask } from '../src/services/rendition/conversions.ts'
import type { Services } from '../src/services/services.ts'
import { BlobFaultError } from '../src/services/storage/integrity.ts'
import type { FfmpegBinaries } from './ffmpeg/binaries.ts'
import { type Conversion, convert } from './ffmpeg/convert.ts'
import { examine } from './ffmpeg/examine.ts'
import { ConversionError } from './ffmpeg/failures.ts'
import { selectProfiles } from './ffmpeg/profiles.ts'
import { createSharedResults } from './ffmpeg/sharedResults.ts'
import type { Workspaces } from './ffmpeg/workspace.ts'
import { createReporter } from './reporter.ts'
import { createThumbnailMaker } from './thumbnails.ts'

interface HandlerDependencies {
  services: Pick<
    Services,
    | 'bulkRunner'
    | 'blobs'
    | 'trash'
    | 'idempotency'
    | 'conversions'
    | 'ingest'
    | 'uploads'
    | 'scrub'
    | 'remake'
    | 'sessions'
    | 'thumbnails'
  >
  pubsub: PubSub
  binaries: FfmpegBinaries
  workspaces: Workspaces
  cores: number
  log: Logger
}

type ConvertJob = JobHandlers['preview' | 'transcode']

const internalFailure: FailureReason = {
  code: 'INTERNAL',
  message: 'An unexpected error occurred on the server.',
  remedy: 'Try again later. If the problem persists, contact the administrator of this server.',
  retryable: true,
}

const interruptedFailure: FailureReason = {
  code: 'INTERRUPTED',
  message: 'The processing of this file was interrupted repeatedly.',
  remedy: 'Try again later. If the problem persists, export the file as MP4 (H.264) and upload that.',
  retryable: true,
}

const storageFailure: FailureReason = {
  code: 'STORAGE_FAULT',
  message: 'The stored bytes of the original are missing or damaged on the server.',
  remedy: 'Upload the same file again, which repairs the stored bytes, then try again.',
  retryable: true,
}

/** Failure that is shown to the uploader. An unexpected error counts as a fault of the server, not of the file. */
const failureOf = (error: unknown): FailureReason => {
  if (error instanceof BlobFaultError) return storageFailure
  return error instanceof ConversionError ? error.failure : internalFailure
}

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

export const createHandlers = (dependencies: HandlerDependencies): JobHandlers => {
  const { services, pubsub, binaries, workspaces, cores, log } = dependencies
  const sharedResults = createSharedResults()
  const thumbnailMaker = createThumbnailMaker(dependencies)

  const storeAndComplete = async (
    task: ConversionTask,
    { path, sizeBytes, mimeType, width, height }: Conversion,
  ): Promise<boolean> => {
    const sha256 = await sha256Of(path)
    await services.blobs.store({ sha256, sizeBytes, path })
    return services.conversions.complete(task, { sha256, sizeBytes, mimeType, width, height })
  }

  /** False if the attempt was cancelled or superseded. */
  const convertAndStore = async (
    task: ConversionTask,
    signal: AbortSignal,
    cancellation: AbortController,
  ): Promise<boolean> => {
    const { rendition, sha256, mediaInfo } = task
    // A message reports a cancellation at once. If the message is lost, the next write of the percentage detects it.
    const unsubscribe = await pubsub.subscribe(mediaChannel(task.mediaId), (message) => {
      const parsed = mediaMessage.safeParse(message)
      if (!parsed.success || parsed.data.type !== 'rendition') return
      if (parsed.data.id === rendition.id && parsed.data.revision > rendition.revision) cancellation.abort()
    })
    const reporter = createReporter(async (percent, persist) => {
      if (!(await services.conversions.reportProgress(task, percent, persist))) cancellation.abort()
    })
    const combinedSignal = AbortSignal.any([signal, cancellation.signal])
    try {
      await using workspace = await workspaces.create()
      const inputPath = await services.blobs.localFile(sha256, workspace.path, combinedSignal)
      const files = { inputPath, mediaInfo, workspacePath: workspace.path }
      const request = { ...files, profile: rendition.profile, cores, share: sharedResults.forFile(sha256) }
      const conversion = await convert(binaries, request, { signal: combinedSignal, onProgress: reporter.report })
      await reporter.close()
      unsubscribe()
      if (conversion.changedParts?.length)
        log.info(
          { renditionId: rendition.id, changedParts: conversion.changedParts },
          'Converted a file without parts that ffmpeg refused.',
        )
      if (rendition.profile === 'THUMBNAIL')
        await thumbnailMaker.makeFor(rendition, conversion, { workspacePath: workspace.path, signal })
      return await storeAndComplete(task, conversion)
    } finally {
      await reporter.close()
      unsubscribe()
    }
  }

  /**
   * Records the outcome of an attempt that did not succeed; false if it was cancelled or superseded. Throws if the queue
   * is to deliver the job again.
   */
  const handleFailedAttempt = async (
    task: ConversionTask,
    error: unknown,
    { signal, willRetry }: JobContext,
  ): Promise<boolean> => {
    sharedResults.forget(task.sha256)
    if (signal.aborted) {
      // At shutdown this worker still holds the lease. Without the lease it must not write anything.
      if (signal.reason === shutdownReason) await services.conversions.release(task)
      throw signal.reason
    }
    const failure = failureOf(error)
    if (failure.retryable && willRetry) {
      if (await services.conversions.release(task)) throw error
      return false
    }
    const isRecorded = await services.conversions.fail(task, failure)
    const fields = { err: error, renditionId: task.rendition.id, code: failure.code }
    if (isRecorded && failure === internalFailure)
      log.error(fields, 'Failed to convert a file because of an unexpected error.')
    else if (isRecorded) log.info(fields, 'Failed to convert a file.')
    return isRecorded
  }

  const convertJob: ConvertJob = async (request, context) => {
    const task = await services.conversions.start(request, context.lease)
    if (task === null) return
    const cancellation = new AbortController()
    const isRecorded = await convertAndStore(task, context.signal, cancellation).catch((error: unknown) =>
      cancellation.signal.aborted && !context.signal.aborted ? false : handleFailedAttempt(task, error, context),
    )
    // The job of a request that was cancelled or repeated has ended. If another attempt superseded this one, the request
    // still depends on this job: the queue must deliver it again.
    if (!isRecorded && (await services.conversions.isUnfinished(task)))
      throw new Error('Another attempt took over the rendition without ending it.')
  }

  return {
    async ingest(examination, { signal, willRetry, lease }) {
      const task = await services.ingest.readTask(examination)
      if (task === null) return
      const { fileName, declaredType: declaredMimeType } = task
      try {
        await using workspace = await workspaces.create()
        const path = await services.blobs.localFile(task.sha256, workspace.path, signal)
        const result = await examine(binaries, path, { fileName, declaredMimeType }, signal)
        // A worker that has lost the lease must not write anything.
        signal.throwIfAborted()
        const { mediaInfo } = result
        if (result.ok)
          await services.ingest.succeed(examination, mediaInfo, selectProfiles(mediaInfo), lease, result.warnings)
        else await services.ingest.fail(examination, mediaInfo, result.failure, lease)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (willRetry && failureOf(error).retryable) throw error
        log.error({ err: error, ...examination }, 'Failed to examine a file.')
        await services.ingest.fail(examination, {}, failureOf(error), lease)
      }
    },

    preview: convertJob,
    transcode: convertJob,

    operation: ({ operationId }, { signal, lease }) => services.bulkRunner.run(operationId, signal, lease),

    async abandoned(payload, { lease }) {
      if ('operationId' in payload) return services.bulkRunner.abandon(payload.operationId)
      if ('versionId' in payload) await services.ingest.fail(payload, {}, interruptedFailure, lease)
      else await services.conversions.abandon(payload, interruptedFailure)
    },

    async retention() {
      const media = await services.trash.purgeExpired()
      if (media > 0) log.info({ media }, 'Purged media whose time in the trash has expired.')
      const blobs = await services.blobs.markUnreferenced()
      if (blobs > 0) log.info({ blobs }, 'Marked blobs to which nothing refers any more.')
    },

    async reclaim(_payload, { signal }) {
      const blobs = await services.blobs.collectGarbage(signal)
      if (blobs > 0) log.info({ blobs }, 'Deleted unreferenced blobs.')
    },

    async scrub(_payload, { signal }) {
      await services.scrub.run(signal)
      const renditions = await services.remake.run(signal)
      if (renditions > 0) log.info({ renditions }, 'Queued renditions again whose files are missing or damaged.')
      await services.thumbnails.requeueFaulty()
    },

    async thumbnails(_payload, { signal }) {
      const versions = await thumbnailMaker.makePending(signal)
      if (versions > 0) log.info({ versions }, 'Made missing thumbnails.')
    },

    async repair(_payload, { lease }) {
      const versions = await services.ingest.repair(interruptedFailure, lease)
      const renditions = await services.conversions.repair(interruptedFailure)
      const operations = await services.bulkRunner.repair()
      if (versions + renditions + operations > 0)
        log.warn({ versions, renditions, operations }, 'Repaired unfinished work that had no job.')
    },

    async sweep() {
      const [uploads, folders] = [await services.uploads.sweep(), await workspaces.sweep()]
      const [calls, sessions] = [await services.idempotency.sweep(), await services.sessions.sweep()]
      if (uploads + folders + calls + sessions > 0)
        log.info(
          { uploads, folders, calls, sessions },
          'Removed expired uploads, abandoned workspaces, expired idempotent calls and ended sessions.',
        )
    },
  }
}
