import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Database, PubSub, Queue } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { createActivate, type MediaVersionActivateInput } from './activation.ts'
import { createRetry } from './retry.ts'

export interface Versions {
  /** Makes a READY version current: a staged one, or an earlier one (rollback). */
  activate(actor: Actor, input: MediaVersionActivateInput): Promise<Media>
  /**
   * Retries the failed examination or the failed renditions of the current version and of the newest one, which may be a
   * refused replacement. Versions in between are history and stay as they are.
   */
  retry(actor: Actor, mediaId: string): Promise<Media>
}

interface VersionsOptions {
  database: Database
  lanes: Lanes
  queue: Queue
  pubsub: PubSub
}

export const createVersions = (options: VersionsOptions): Versions => ({
  activate: createActivate(options),
  retry: createRetry(options),
})
