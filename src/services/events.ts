import type { Prisma } from '../../prisma/generated/client/client.ts'
import type { RenditionProfile } from '../../prisma/generated/client/enums.ts'
import { type Actor, actorId } from './actor.ts'
import type { Transaction } from './ports.ts'

interface FailureData {
  code: string
}

/** Every action of the log with the shape of its data: noun.verb_past. */
export interface EventData {
  'user.appeared': { externalId: string; name: string }
  'user.changed': { name: string; role: string; kind: string }
  'upload.created': { fileName: string; sizeBytes: number }
  'upload.cancelled': Record<string, never>
  'upload.expired': Record<string, never>
  'upload.failed': FailureData
  'media.uploaded': { fileName: string; sizeBytes: number; sha256: string; versionNumber: number }
  'media.processed': { versionNumber: number; kind: string; mimeType: string; renditions: RenditionProfile[] }
  'media.failed': { versionNumber: number } & FailureData
  'media.retried': { versionNumber: number }
  'rendition.requested': { profile: RenditionProfile }
  'rendition.retried': { profile: RenditionProfile }
  'rendition.completed': { profile: RenditionProfile; sizeBytes: number; sha256: string }
  'rendition.failed': { profile: RenditionProfile } & FailureData
  'rendition.cancelled': { profile: RenditionProfile }
}

export type Action = keyof EventData
export type NodeType = 'User' | 'Upload' | 'Media' | 'Rendition'

export interface Entry<A extends Action> {
  action: A
  nodeType: NodeType
  nodeId: string
  mediaId: string | null
  data: EventData[A]
}

/** Writes log rows in the caller's transaction: a rollback leaves none of them. */
export const record = async <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  ...entries: Entry<A>[]
): Promise<void> => {
  await transaction.event.createMany({
    data: entries.map((entry) => ({
      ...entry,
      data: entry.data as Prisma.InputJsonObject, // the mapped type has no index signature, its values are JSON
      actorId: actorId(actor),
      requestId: actor.requestId,
    })),
  })
}
