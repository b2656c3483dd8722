import { z } from 'zod'
import type { Operation, Rendition } from '../../../prisma/generated/client/client.ts'
import { MediaStatus, OperationStatus, RenditionStatus, UploadStatus } from '../../../prisma/generated/client/enums.ts'
import { failureShape, parseFailure } from './failure.ts'
import type { PubSub } from './ports.ts'

/**
 * Messages over pub/sub carry the new state, so that a subscriber needs no SQL statement to show it.
 * `revision` counts the status changes of a row: a message older than the known state is dropped.
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
    /** Renditions that the same change has created. */
    renditions: z.array(z.object(renditionState)).optional(),
  }),
  z.object({ type: z.literal('rendition'), ...renditionState }),
  /** The upload that was to create the media has ended, successfully or not. */
  z.object({ type: z.literal('upload') }),
  /** The media was merged with others of equal content, or removed by it: read it again. */
  z.object({ type: z.literal('merge') }),
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

/** Channel that announces the new operations of a user. */
export const newOperationsChannel = (userId: string): string => `newOperations:${userId}`
export const newOperationMessage = z.object({ id: z.uuid() })

export const publishOperation = (pubsub: PubSub, operation: Operation): void => {
  const message = operationMessage.parse(operation)
  pubsub.publish(operationChannel(operation.id), message)
  if (message.status === 'QUEUED') pubsub.publish(newOperationsChannel(operation.requestedById), { id: operation.id })
}

/** One channel per media (also for one that an upload has yet to create) and one per upload. */
export const mediaChannel = (mediaId: string): string => `media:${mediaId}`
export const uploadChannel = (uploadId: string): string => `upload:${uploadId}`
