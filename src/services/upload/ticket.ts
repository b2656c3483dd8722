import { z } from 'zod'
import type { Upload } from '../../../prisma/generated/client/client.ts'
import { RenditionProfile, type UploadStatus } from '../../../prisma/generated/client/enums.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { fileName, key, label, sha256, tags, text } from '../kernel/input.ts'

/** Fields that belong to the media and not to one of its versions. */
const mediaFields = ['externalId', 'title', 'tags', 'folderId'] as const

const checkReplacement = (
  input: { replaces?: string | null; stage?: boolean | null } & { [Field in (typeof mediaFields)[number]]?: unknown },
  context: z.RefinementCtx,
): void => {
  if (input.replaces == null && input.stage)
    context.addIssue({
      code: 'custom',
      path: ['stage'],
      message: 'Only a replacement can be staged: set replaces, or omit stage.',
    })
  for (const field of input.replaces == null ? [] : mediaFields)
    if (input[field] != null)
      context.addIssue({
        code: 'custom',
        path: [field],
        message: 'A replacement keeps the value of its media: omit it here, change it with mediaUpdate.',
      })
}

export const createUploadShape = (maxUploadBytes: number) =>
  z
    .object({
      fileName,
      sizeBytes: z
        .number()
        .int('Must be a whole number of bytes.')
        .min(1, 'The file is empty.')
        .max(maxUploadBytes, `At most ${maxUploadBytes} bytes can be uploaded.`),
      mimeType: label(255).nullish(),
      sha256: sha256.nullish(),
      allowDuplicate: z.boolean().nullish(),
      externalId: key(255).nullish(),
      title: label(500).nullish(),
      tags: tags.nullish(),
      folderId: z.string().nullish(),
      replaces: z.string().nullish(),
      stage: z.boolean().nullish(),
      note: text(2000).nullish(),
      renditions: z.array(z.enum(RenditionProfile)).max(20, 'At most 20.').nullish(),
    })
    .superRefine(checkReplacement)

export type UploadCreateInput = z.input<ReturnType<typeof createUploadShape>>

export const openStatuses: UploadStatus[] = ['WAITING', 'RECEIVING']

export const acceptsBytes = ({ status }: Pick<Upload, 'status'>): boolean => openStatuses.includes(status)

const endMessages: Record<Exclude<UploadStatus, 'WAITING' | 'RECEIVING'>, string> = {
  COMPLETED: 'This upload is complete.',
  FAILED: 'This upload has failed; start a new one.',
  CANCELLED: 'This upload was cancelled; start a new one.',
  EXPIRED: 'This upload has expired; start a new one.',
}

/** Refusal of an operation that needs an open upload. */
export const uploadEndedError = (status: UploadStatus): StateConflictError =>
  new StateConflictError(
    status === 'WAITING' || status === 'RECEIVING' ? 'This upload is still open.' : endMessages[status],
  )
