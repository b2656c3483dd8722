import { randomUUID } from 'node:crypto'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { createLanes } from '../../../src/services/locking/lanes.ts'
import { createConversions } from '../../../src/services/rendition/conversions.ts'
import { createRenditions } from '../../../src/services/rendition/renditions.ts'
import { createLease } from '../../harness/lease.ts'
import { it as base } from './queueIt.ts'

/** Digest of the bytes of the version. */
export const sha256 = 'ab'.repeat(32)

/** `it` with a version of a media and the services of its renditions. */
export const it = base
  /** A version of a media, and the editor who uploaded it. */
  .extend('version', { scope: 'file' }, async ({ database }) => {
    const owner = await database.user.create({ data: { externalId: 'ada', name: 'Ada' } })
    const actor: UserActor = { type: 'user', userId: owner.id, role: 'EDITOR', requestId: null }
    const [versionId, mediaId] = [randomUUID(), randomUUID()]
    const facts = { kind: 'VIDEO', mimeType: 'video/mp4', sizeBytes: 1, sha256, originalFileName: 'a.mp4' } as const
    await database.blob.create({ data: { sha256, sizeBytes: 1 } })
    await database.$transaction(async (transaction) => {
      await transaction.media.create({
        data: {
          id: mediaId,
          title: 'a',
          fileName: 'a.mp4',
          status: 'READY',
          uploadedById: owner.id,
          currentVersionId: versionId,
          ...facts,
        },
      })
      await transaction.mediaVersion.create({ data: { id: versionId, mediaId, number: 1, status: 'READY', ...facts } })
    })
    return { actor, versionId }
  })
  /** Creates the only rendition of the version; resolves to its id. */
  .extend('createRendition', { scope: 'file' }, ({ database, version: { versionId } }) => async () => {
    await database.rendition.deleteMany({ where: { versionId } })
    return (await database.rendition.create({ data: { versionId, profile: 'WEBM' } })).id
  })
  .extend('renditions', async ({ database, openTestQueue }) => {
    const ports = {
      database,
      lanes: createLanes({ database, poolSize: 8 }),
      queue: await openTestQueue(false),
      pubsub: createMemoryPubSub({ log: createLogger('silent') }),
      clock: { now: () => new Date() },
    }
    return { ...createConversions(ports), ...createRenditions(ports) }
  })
  /** Claims a rendition for its newest request. */
  .extend('start', ({ database, renditions }) => async (renditionId: string) => {
    const { requests: request } = await database.rendition.findUniqueOrThrow({ where: { id: renditionId } })
    return renditions.start({ renditionId, request }, createLease())
  })
