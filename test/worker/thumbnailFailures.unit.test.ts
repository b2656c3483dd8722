import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it as base, describe, expect } from 'vitest'
import { ConversionError, type ConversionFailureCode, createFailure } from '../../worker/ffmpeg/failures.ts'
import type { makeThumbnails } from '../../worker/ffmpeg/thumbnails/makeThumbnails.ts'
import { createWorkspaces } from '../../worker/ffmpeg/workspace.ts'
import { createThumbnailMaker } from '../../worker/thumbnails.ts'
import { createLogSpy } from '../harness/logSpy.ts'

type Process = typeof makeThumbnails

const it = base
  .extend('signal', () => new AbortController().signal)
  /** Runs the job on the pictures `a` to `c`, newest first; returns what was noted of each, in order. */
  .extend('runJob', ({ signal }) => async (runProcess: Process, unreadable: readonly string[] = []) => {
    const noted: string[] = []
    const pending = new Set(['a', 'b', 'c'])
    const note = (versionId: string, what: string, result: boolean): boolean => {
      pending.delete(versionId)
      noted.push(`${versionId} ${what}`)
      return result
    }
    const { log } = createLogSpy()
    const services = {
      thumbnails: {
        save: async (id: string, made: object | null) => note(id, made === null ? 'failed' : 'made', true),
        postpone: async (id: string) => note(id, 'postponed', false),
        listPending: async () => [...pending].map((versionId) => ({ versionId, sha256: versionId })),
      },
      blobs: {
        store: async () => {},
        async localFile(sha256: string, workspacePath: string) {
          if (unreadable.includes(sha256)) throw new Error('unreachable')
          return join(workspacePath, sha256)
        },
      },
    }
    const maker = createThumbnailMaker({ services, workspaces: createWorkspaces(tmpdir()), log, runProcess })
    const count = await maker.makePending(signal).catch((error: unknown) => String(error))
    return { noted, count }
  })

/** A process that fails with one of these codes if a picture's file has that name. */
const createProcess =
  (failures: Record<string, ConversionFailureCode>): Process =>
  async (request) => {
    const replies = []
    for (const { inputPath, outputPath } of request) {
      const code = failures[inputPath.slice(inputPath.lastIndexOf('/') + 1)] ?? failures['every']
      if (code !== undefined) throw new ConversionError(createFailure(code))
      await writeFile(outputPath, 'webp')
      replies.push({ ok: true as const, placeholder: '', files: [{ width: 160, path: outputPath }] })
    }
    return replies
  }

describe('a process that fails', () => {
  it.for(['KILLED', 'TIMED_OUT', 'TOOL_FAILED'] as const)(
    'with %s because of one picture postpones that one only',
    async (code, { runJob }) => {
      expect(await runJob(createProcess({ a: code }))).toEqual({ noted: ['a postponed', 'b made', 'c made'], count: 2 })
    },
  )

  it.for(['KILLED', 'TIMED_OUT', 'TOOL_FAILED', 'NO_SPACE', 'TOOL_MISSING'] as const)(
    'with %s whatever the picture leaves all pictures pending',
    async (code, { runJob }) => {
      const { noted, count } = await runJob(createProcess({ every: code }))
      expect(noted).toEqual([])
      expect(count).toContain(createFailure(code).message)
    },
  )

  it('for lack of space counts no attempt', async ({ runJob }) => {
    expect((await runJob(createProcess({ a: 'NO_SPACE' }))).noted).toEqual([])
  })
})

describe('a storage that fails', () => {
  it('for one picture postpones that one only', async ({ runJob }) => {
    const { noted } = await runJob(createProcess({}), ['a'])
    expect(noted).toEqual(['a postponed', 'b made', 'c made'])
  })

  it('for all pictures leaves them pending', async ({ runJob }) => {
    expect(await runJob(createProcess({}), ['a', 'b', 'c'])).toEqual({ noted: [], count: 'Error: unreachable' })
  })
})

it('a picture that cannot be decoded is noted at once', async ({ runJob }) => {
  const refuse: Process = async (request) => request.map(() => ({ ok: false as const, detail: 'damaged' }))
  expect((await runJob(refuse)).noted).toEqual(['a failed', 'b failed', 'c failed'])
})
