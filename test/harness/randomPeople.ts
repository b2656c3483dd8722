import type { Database } from '../../src/services/kernel/ports.ts'
import type { Random } from './random.ts'
import { createIds, failure, timeOf } from './randomLibrary.ts'

interface Ids {
  users: string[]
  media: string[]
  folders: string[]
}

/** Inserts the rows of a random library that belong to people: assignments, operations, uploads and the log. */
export const seedPeopleData = async (
  database: Database,
  random: Random,
  seed: number,
  { users, media, folders }: Ids,
) => {
  const ids = {
    batches: createIds(seed, 8, 2),
    assignments: createIds(seed, 9, 14),
    operations: createIds(seed, 10, 3),
    uploads: createIds(seed, 11, 6),
    events: createIds(seed, 12, 40),
  }
  await database.assignmentBatch.createMany({
    data: ids.batches.map((id) => ({
      id,
      mediaId: random.one(media),
      count: 3,
      assignedById: random.one(users),
      assignedAt: timeOf(random),
      undoableUntil: timeOf(random),
    })),
  })
  for (const [index, id] of ids.assignments.entries()) {
    const mediaId = random.one(media)
    await database.assignment.create({
      data: {
        id,
        mediaId,
        heldMediaId: random.chance(0.8) ? mediaId : null,
        mediaTitle: `Title ${index}`,
        userId: users[index % users.length] ?? '',
        status: index < users.length ? 'CURRENT' : random.one(['REPLACED', 'UNDONE', 'ENDED']),
        assignedById: random.chance(0.3) ? null : random.one(users),
        assignedAt: timeOf(random),
        undoableUntil: timeOf(random),
        batchId: random.chance(0.5) ? random.one(ids.batches) : null,
        previousId: index > 2 && random.chance(0.5) ? random.one(ids.assignments.slice(0, index)) : null,
        revertOfId: index > 2 && random.chance(0.3) ? random.one(ids.assignments.slice(0, index)) : null,
      },
    })
  }
  await database.operation.createMany({
    data: ids.operations.map((id, index) => ({
      id,
      kind: 'media.tag',
      status: random.one(['QUEUED', 'RUNNING', 'PARTIALLY_COMPLETED', 'CANCELLED'] as const),
      errorPolicy: 'REJECT_FAILED_ROWS' as const,
      input: {},
      total: 6,
      processed: random.integer(0, 6),
      requestedById: users[index % users.length] ?? '',
      requestedRole: 'ADMIN' as const,
      createdAt: timeOf(random),
    })),
  })
  await database.operationItem.createMany({
    data: ids.operations.flatMap((operationId) =>
      media.slice(0, 6).map((mediaId, position) => {
        const status = random.one(['PENDING', 'SUCCEEDED', 'FAILED'] as const)
        const message = status !== 'PENDING' && random.chance(0.7) ? 'It is in the trash.' : null
        return { operationId, position, mediaId, status, message, code: status === 'FAILED' ? 'STATE_CONFLICT' : null }
      }),
    ),
  })
  await database.upload.createMany({
    data: ids.uploads.map((id, index) => {
      const status = random.one(['WAITING', 'RECEIVING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'] as const)
      return {
        id,
        mediaId: random.one(media),
        ownerId: users[index % users.length] ?? '',
        fileName: `upload ${index}`,
        sizeBytes: 100,
        receivedBytes: random.integer(0, 100),
        status,
        folderId: random.chance(0.5) ? random.one(folders) : null,
        createdAt: timeOf(random),
        expiresAt: random.chance(0.7) ? new Date('2099-01-01') : timeOf(random),
        ...(status === 'FAILED' ? { failure } : {}),
      }
    }),
  })
  await database.event.createMany({
    data: ids.events.map((id) => {
      const mediaId = random.one(media)
      return {
        id,
        at: timeOf(random),
        action: random.one(['media.uploaded', 'media.updated', 'media.deleted', 'media.linked']),
        actorId: random.chance(0.3) ? null : random.one(users),
        nodeType: 'Media',
        nodeId: mediaId,
        mediaId: random.chance(0.2) ? null : mediaId,
        data: random.one([
          {},
          { title: { from: 'a"', to: "b'" } },
          { list: [1, null, { deep: true }], text: '\u2028' },
        ]),
        requestId: random.chance(0.5) ? null : 'request',
      }
    }),
  })
  return ids
}
