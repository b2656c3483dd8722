import { z } from 'zod'
import type { Media, Operation, Upload, User } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { notFound } from '../kernel/notFound.ts'
import { enforce, mayAccessUpload, mayReadAssignmentsOf, mayReadOperation } from '../kernel/policies.ts'
import type { Database, Logger, PubSub } from '../kernel/ports.ts'
import { assignmentsSource } from './assignments.ts'
import { mediaSource } from './mediaSource.ts'
import { operationSource } from './operationSource.ts'
import { withPendingReplacements } from './pendingReplacements.ts'
import type { LiveEvent } from './topic.ts'
import { createTopics } from './topics.ts'
import { uploadSource } from './uploadSource.ts'

/** Live subscriptions. The first event is the current state, then changes follow; they end when all work has ended. */
export interface LiveSubscriptions {
  media(actor: Actor, ids: readonly string[]): Promise<AsyncIterableIterator<LiveEvent<Media>>>
  upload(actor: Actor, id: string): Promise<AsyncIterableIterator<LiveEvent<Upload>>>
  operation(actor: Actor, id: string): Promise<AsyncIterableIterator<LiveEvent<Operation>>>
  /** Streams a user whenever their assignments change; never ends by itself. */
  assignments(actor: Actor, userId: string): Promise<AsyncIterableIterator<LiveEvent<User>>>
  close(): void
}

interface LiveSubscriptionsOptions {
  database: Database
  pubsub: PubSub
  log: Logger
  reconcileIntervalMs?: number
}

const idsShape = z.object({ ids: z.array(z.string()).min(1, 'Give at least one id.').max(100, 'At most 100 ids.') })

export const createLiveSubscriptions = ({
  database,
  pubsub,
  log,
  reconcileIntervalMs = 4000,
}: LiveSubscriptionsOptions): LiveSubscriptions => {
  const media = createTopics(withPendingReplacements(database, mediaSource(database)), {
    pubsub,
    log,
    reconcileIntervalMs,
  })
  const uploads = createTopics(uploadSource(database), { pubsub, log, reconcileIntervalMs })

  const operations = createTopics(operationSource(database), { pubsub, log, reconcileIntervalMs })
  const assignments = createTopics(assignmentsSource(database), { pubsub, log, reconcileIntervalMs })

  return {
    async media(_actor, ids) {
      const { ids: nodeIds } = parseInput(idsShape, { ids })
      const changes = await media.subscribe(nodeIds.map((id, index) => parseId('Media', id, `ids.${index}`)))
      if (changes === null)
        throw new NotFoundError(
          'At least one of these media does not exist, and no upload will create it. Check the ids.',
        )
      return changes
    },

    async upload(actor, id) {
      const uploadId = parseId('Upload', id)
      const upload = await database.upload.findUnique({ where: { id: uploadId }, select: { ownerId: true } })
      const isVisible = upload !== null && mayAccessUpload(actor, upload) === null
      const changes = isVisible ? await uploads.subscribe([uploadId]) : null
      if (changes === null) throw notFound('Upload', id)
      return changes
    },

    async operation(actor, id) {
      const operationId = parseId('Operation', id)
      const operation = await database.operation.findUnique({ where: { id: operationId } })
      const isVisible = operation !== null && mayReadOperation(actor, operation) === null
      const changes = isVisible ? await operations.subscribe([operationId]) : null
      if (changes === null) throw notFound('Operation', id)
      return changes
    },

    async assignments(actor, userId) {
      const id = parseId('User', userId, 'userId')
      enforce(mayReadAssignmentsOf(actor, id))
      const changes = await assignments.subscribe([id])
      if (changes === null) throw notFound('User', userId)
      return changes
    },

    close() {
      assignments.close()
      operations.close()
      media.close()
      uploads.close()
    },
  }
}
