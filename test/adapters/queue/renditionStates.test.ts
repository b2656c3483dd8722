import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { StateConflictError } from '../../../src/services/kernel/errors.ts'
import type { ConversionTask } from '../../../src/services/rendition/conversions.ts'
import { it as base, sha256 } from './renditionIt.ts'

const failure = { code: 'INTERNAL', message: 'The conversion failed.', remedy: null, retryable: true }
const file = { sha256, sizeBytes: 1, mimeType: 'video/webm', width: 1, height: 1 }

type Verb = 'start' | 'progress' | 'complete' | 'fail' | 'release' | 'abandon' | 'cancel' | 'retry'

const ignoreConflict = (error: unknown): boolean => {
  if (error instanceof StateConflictError) return false
  throw error
}

const it = base
  /** Calls a service; resolves to whether the call was accepted. */
  .extend(
    'perform',
    ({ database, version: { actor }, renditions }) =>
      async (verb: Verb, id: string, task: ConversionTask | null): Promise<boolean> => {
        const globalId = `Rendition:${id}`
        if (verb === 'cancel' || verb === 'retry')
          return renditions[verb](actor, globalId).then(() => true, ignoreConflict)
        if (verb === 'abandon') {
          const { requests: request } = await database.rendition.findUniqueOrThrow({ where: { id } })
          return renditions.abandon({ renditionId: id, request }, failure).then(() => true)
        }
        if (task === null || verb === 'start') return false
        if (verb === 'progress') return renditions.reportProgress(task, 50, true)
        if (verb === 'complete') return renditions.complete(task, file)
        if (verb === 'fail') return renditions.fail(task, failure)
        return renditions.release(task)
      },
  )

describe('the states of a rendition', () => {
  const transitions: Record<RenditionStatus, RenditionStatus[]> = {
    QUEUED: ['PROCESSING', 'FAILED', 'CANCELLED'],
    PROCESSING: ['PROCESSING', 'QUEUED', 'READY', 'FAILED', 'CANCELLED'],
    FAILED: ['QUEUED'],
    CANCELLED: ['QUEUED'],
    READY: [],
  }
  const verbs: Verb[] = ['start', 'progress', 'complete', 'fail', 'release', 'abandon', 'cancel', 'retry']
  const commands = fc.array(fc.record({ worker: fc.nat(1), verb: fc.constantFrom(...verbs) }), { maxLength: 14 })

  it('change only by allowed transitions, and only by the newest attempt', async ({
    database,
    createRendition,
    start,
    perform,
  }) => {
    const read = (id: string) => database.rendition.findUniqueOrThrow({ where: { id } })

    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        const id = await createRendition()
        const tasks: (ConversionTask | null)[] = [null, null]
        for (const { worker, verb } of steps) {
          const before = await read(id)
          const task = tasks[worker] ?? null
          if (verb === 'start') tasks[worker] = await start(id)
          const hasSucceeded = verb === 'start' ? tasks[worker] !== null : await perform(verb, id, task)
          const after = await read(id)
          if (after.revision !== before.revision) {
            expect(after.revision).toBe(before.revision + 1)
            expect(transitions[before.status]).toContain(after.status)
          } else expect(after.status).toBe(before.status)
          const isWorkerCall = ['progress', 'complete', 'fail', 'release'].includes(verb)
          const isNewest = before.status === 'PROCESSING' && task?.rendition.attempts === before.attempts
          if (!isWorkerCall) continue
          expect(hasSucceeded).toBe(isNewest)
          if (!isNewest) expect(after).toEqual(before)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are ended by exactly one of several concurrent calls', async ({ createRendition, start, perform }) => {
    for (let round = 0; round < 10; round++) {
      const id = await createRendition()
      const task = await start(id)
      const ends: Verb[] = ['complete', 'fail', 'release', 'cancel']
      const results = await Promise.all(ends.map((verb) => perform(verb, id, task)))
      // A cancel after a release is allowed: it then ends the queued rendition.
      expect(results.filter((hasEnded) => hasEnded).length).toBe(results[2] && results[3] ? 2 : 1)
    }
  })
})
