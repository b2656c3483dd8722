import { expect, it } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createBulkPreviews } from '../../../src/services/operation/preview.ts'

it('At most two previews read their media at the same time', async () => {
  const started = Promise.withResolvers<void>()
  const reads: PromiseWithResolvers<never>[] = []
  const $transaction = () => {
    const read = Promise.withResolvers<never>()
    if (reads.push(read) === 2) started.resolve()
    return read.promise
  }
  const database = { $transaction } as unknown as Database // as: all that reading uses
  const { preview } = createBulkPreviews({ database, clock: { now: () => new Date() } as never }) // as: only the time
  const actor = { kind: 'user', userId: 'u', role: 'EDITOR' } as unknown as UserActor // as: all that rules read
  const target = { ids: ['Media:00000000-0000-7000-8000-000000000000'] }
  const previews = [1, 2, 3].map(() => preview(actor, { kind: 'media.delete', target }, {}))
  await started.promise
  expect(reads).toHaveLength(2)
  for (const read of reads) read.reject(new Error('no database'))
  await expect(Promise.all(previews.slice(0, 2))).rejects.toThrow('no database')
  expect(reads).toHaveLength(3)
  reads[2]?.reject(new Error('no database'))
  await expect(previews[2]).rejects.toThrow('no database')
})
