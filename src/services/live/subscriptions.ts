import { z } from 'zod'
import type { Media, Operation, Upload, User } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { enforce, mayFollowAssignments, mayReadOperation, mayTouchUpload } from '../kernel/policies.ts'
import type { Database, Log, PubSub } from '../kernel/ports.ts'
import { assignmentsSource } from './assignments.ts'
import { mediaSource } from './media.ts'
import { operationSource } from './operation.ts'
import { awaitReplacements } from './pendingReplacements.ts'
import type { Change } from './topic.ts'
import { createTopics } from './topics.ts'
import { uploadSource } from './upload.ts'

/** The first event of each is the present state, then come the changes; the iteration ends when all work has ended. */
export interface Following {
  media(actor: Actor, ids: readonly string[]): Promise<AsyncIterableIterator<Change<Media>>>
  upload(actor: Actor, id: string): Promise<AsyncIterableIterator<Change<Upload>>>
  operation(actor: Actor, id: string): Promise<AsyncIterableIterator<Change<Operation>>>
  /** A user with what is assigned to them; never ends by itself. */
  assignments(actor: Actor, userId: string): Promise<AsyncIterableIterator<Change<User>>>
  close(): void
}

interface FollowingOptions {
  database: Database
  pubsub: PubSub
  log: Log
  reconcileMs?: number
}

const idsShape = z.object({ ids: z.array(z.string()).min(1, 'Name at least one.').max(100, 'At most 100.') })

export const createFollowing = ({ database, pubsub, log, reconcileMs = 4000 }: FollowingOptions): Following => {
  const media = createTopics(awaitReplacements(database, mediaSource(database)), { pubsub, log, reconcileMs })
  const uploads = createTopics(uploadSource(database), { pubsub, log, reconcileMs })

  const operations = createTopics(operationSource(database), { pubsub, log, reconcileMs })
  const assignments = createTopics(assignmentsSource(database), { pubsub, log, reconcileMs })

  return {
    async media(_actor, ids) {
      const { ids: parsed } = parseInput(idsShape, { ids })
      const changes = await media.follow(parsed.map((id, index) => parseId('Media', id, `ids.${index}`)))
      if (changes === null) throw new NotFoundError('At least one of these media does not exist, nor is it expected.')
      return changes
    },

    async upload(actor, id) {
      const uploadId = parseId('Upload', id)
      const upload = await database.upload.findUnique({ where: { id: uploadId }, select: { ownerId: true } })
      const mayKnow = upload !== null && mayTouchUpload(actor, upload) === null
      const changes = mayKnow ? await uploads.follow([uploadId]) : null
      if (changes === null) throw new NotFoundError('There is no such upload.', id)
      return changes
    },

    async operation(actor, id) {
      const operationId = parseId('Operation', id)
      const operation = await database.operation.findUnique({ where: { id: operationId } })
      const mayKnow = operation !== null && mayReadOperation(actor, operation) === null
      const changes = mayKnow ? await operations.follow([operationId]) : null
      if (changes === null) throw new NotFoundError('There is no such operation.', id)
      return changes
    },

    async assignments(actor, userId) {
      const id = parseId('User', userId, 'userId')
      enforce(mayFollowAssignments(actor, id))
      const changes = await assignments.follow([id])
      if (changes === null) throw new NotFoundError('There is no such user.', userId)
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
