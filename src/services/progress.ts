import { z } from 'zod'
import { MediaStatus, RenditionStatus, UploadStatus } from '../../prisma/generated/client/enums.ts'
import { failureShape } from './failure.ts'

/**
 * What travels over pub/sub: what changed and how, so that a follower needs no statement to show it.
 * `revision` counts the changes of status of a row: a message older than what is known is dropped.
 */
export const mediaMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('version'),
    id: z.uuid(),
    revision: z.int(),
    status: z.enum(MediaStatus),
    failure: failureShape.nullable(),
  }),
  z.object({
    type: z.literal('rendition'),
    id: z.uuid(),
    revision: z.int(),
    status: z.enum(RenditionStatus),
    attempts: z.int(),
    percent: z.number(),
    failure: failureShape.nullable(),
  }),
  /** The upload that was to bring the media has ended, one way or the other. */
  z.object({ type: z.literal('upload') }),
])
export type MediaMessage = z.infer<typeof mediaMessage>

export const uploadMessage = z.object({
  type: z.literal('upload'),
  id: z.uuid(),
  status: z.enum(UploadStatus),
  receivedBytes: z.number(),
})
export type UploadMessage = z.infer<typeof uploadMessage>

/** One channel per media (also one that an upload has yet to bring) and one per upload. */
export const mediaChannel = (mediaId: string): string => `media:${mediaId}`
export const uploadChannel = (uploadId: string): string => `upload:${uploadId}`
