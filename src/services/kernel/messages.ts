import { z } from 'zod'
import type { Operation, Rendition } from '../../../prisma/generated/client/client.ts'
import { MediaStatus, OperationStatus, RenditionStatus, UploadStatus } from '../../../prisma/generated/client/enums.ts'
import { failureShape, parseFailure } from './failure.ts'
import type { PubSub } from './ports.ts'

/**
 * What travels over pub/sub: what changed and how, so that a follower needs no statement to show it.
 * `revision` counts the changes of status of a row: a message older than what is known is dropped.
 */
const renditionState = {
  id: z.uuid(),
  revision: z.int(),
  status: z.enum(RenditionStatus),
  attempts: z.int(),
  percent: z.number(),
  failure: failureShape.nullable(),
}

export const mediaMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('version'),
    id: z.uuid(),
    revision: z.int(),
    status: z.enum(MediaStatus),
    failure: failureShape.nullable(),
    /** Those that the same change has brought into being. */
    renditions: z.array(z.object(renditionState)).optional(),
  }),
  z.object({ type: z.literal('rendition'), ...renditionState }),
  /** The upload that was to bring the media has ended, one way or the other. */
  z.object({ type: z.literal('upload') }),
])
export type MediaMessage = z.infer<typeof mediaMessage>

export const renditionStateOf = ({ id, revision, status, attempts, percent, failure }: Rendition) => ({
  id,
  revision,
  status,
  attempts,
  percent,
  failure: parseFailure(failure),
})

export const uploadMessage = z.object({
  type: z.literal('upload'),
  id: z.uuid(),
  status: z.enum(UploadStatus),
  receivedBytes: z.number(),
})
export type UploadMessage = z.infer<typeof uploadMessage>

export const operationMessage = z.object({
  id: z.uuid(),
  revision: z.int(),
  status: z.enum(OperationStatus),
  processed: z.int(),
  succeeded: z.int(),
  failed: z.int(),
})

export const operationChannel = (operationId: string): string => `operation:${operationId}`

export const publishOperation = (pubsub: PubSub, operation: Operation): void =>
  pubsub.publish(operationChannel(operation.id), operationMessage.parse(operation))

/** One channel per media (also one that an upload has yet to bring) and one per upload. */
export const mediaChannel = (mediaId: string): string => `media:${mediaId}`
export const uploadChannel = (uploadId: string): string => `upload:${uploadId}`
