import type { Clock, Database, PubSub, Queue, Storage } from '../kernel/ports.ts'
import { blobKey } from '../storage/blobs.ts'
import { findKnownFault, findSizeFault } from '../storage/integrity.ts'
import { publishRendition, requeueFaultyRendition } from './transitions.ts'

/** Makes finished renditions again whose blob is marked as missing or damaged. */
export interface Remake {
  /** Queues those whose original is stored, until `signal` aborts. Resolves to their number. */
  run(signal: AbortSignal): Promise<number>
}

interface RemakeOptions {
  database: Database
  storage: Storage
  queue: Queue
  pubsub: PubSub
  clock: Clock
}

const pageSize = 100

/** Originals with a known fault are left out: their renditions wait until an upload has replaced the bytes. */
const faultyRenditions = {
  where: {
    status: 'READY',
    version: { blob: { fault: null }, media: { deletedAt: null } },
  },
  include: { version: { select: { mediaId: true, sha256: true, sizeBytes: true } } },
} as const

export const createRemake = ({ database, storage, queue, pubsub, clock }: RemakeOptions): Remake => {
  const listFaulty = (afterSha256: string) =>
    database.blob.findMany({
      where: {
        sha256: { gt: afterSha256 },
        fault: { not: null },
        orphanedAt: null,
        renditions: { some: faultyRenditions.where },
      },
      select: { sha256: true, sizeBytes: true, fault: true, renditions: faultyRenditions },
      orderBy: { sha256: 'asc' },
      take: pageSize,
    })

  type FaultyBlob = Awaited<ReturnType<typeof listFaulty>>[number]

  const remake = async (blob: FaultyBlob, { id, version }: FaultyBlob['renditions'][number]) => {
    const { sha256, fault } = blob
    const { mediaId, ...original } = version
    // A storage that was unreachable as a whole, such as a folder that was not mounted, must not fail all renditions:
    // neither during the outage nor after it.
    if (fault === null || (await findKnownFault(storage, { ...blob, key: blobKey(sha256) })) === null) return 0
    if ((await findSizeFault(storage, { ...original, key: blobKey(original.sha256) })) !== null) return 0
    const rendition = await database.$transaction((transaction) =>
      requeueFaultyRendition(transaction, { queue, clock }, { id, mediaId, sha256, fault }),
    )
    if (rendition === null) return 0
    publishRendition(pubsub, mediaId, rendition)
    return 1
  }

  return {
    async run(signal) {
      let remadeCount = 0
      for (let position = ''; ; ) {
        const blobs = await listFaulty(position)
        for (const blob of blobs)
          for (const rendition of blob.renditions) {
            if (signal.aborted) return remadeCount
            remadeCount += await remake(blob, rendition)
          }
        if (blobs.length < pageSize) return remadeCount
        position = blobs.at(-1)?.sha256 ?? position
      }
    },
  }
}
