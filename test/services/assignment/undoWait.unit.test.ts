import { expect, it } from 'vitest'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { createAssignments } from '../../../src/services/assignment/assignments.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { Database, Logger } from '../../../src/services/kernel/ports.ts'
import type { Lanes } from '../../../src/services/locking/lanes.ts'

const id = '01890000-0000-7000-8000-000000000000'
const actor: UserActor = { type: 'user', userId: id, role: 'ADMIN', requestId: 'a test' }
const log: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => log }

const row = { findUnique: async () => ({ id, userId: id, assignedById: id }) }
const database = { assignment: row, assignmentBatch: row } as unknown as Database // as: nothing else is read before the lane

it.for(['undo', 'undoBatch'] as const)('%s waits for its locks as long as a batch may hold them', async (method) => {
  const batchMs: number[] = []
  const undoMs: number[] = []
  const lanes: Lanes = {
    run(_lane, { activity, timeoutMs = 0, workTimeoutMs = 0 }) {
      if (activity === 'undo requests') undoMs.push(timeoutMs)
      else batchMs.push(workTimeoutMs)
      return Promise.reject(new Error('No work runs in this test.'))
    },
  }
  const assignments = createAssignments({ database, lanes, pubsub: createMemoryPubSub({ log }) })
  const nodeId = globalId(method === 'undo' ? 'Assignment' : 'AssignmentBatch', id)
  const batch = { mediaId: globalId('Media', id), userIds: [globalId('User', id)] }
  await Promise.allSettled([assignments.createBatch(actor, batch), assignments[method](actor, nodeId)])
  expect(undoMs[0]).toBeGreaterThanOrEqual(batchMs[0] ?? Number.NaN)
})
