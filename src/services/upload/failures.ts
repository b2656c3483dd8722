import type { FailureReason } from '../kernel/failure.ts'
import { globalId } from '../kernel/ids.ts'

/** Reasons why an upload fails although its bytes have arrived, in words for the uploader. */
export const checksumMismatch: FailureReason = {
  code: 'CHECKSUM_MISMATCH',
  message: 'The SHA-256 of the received file differs from the declared one.',
  remedy: 'Upload the file again.',
  retryable: false,
}

export const storageFault: FailureReason = {
  code: 'STORAGE_FAULT',
  message: 'The stored bytes were lost or damaged before the upload was complete.',
  remedy: 'Upload the file again.',
  retryable: false,
}

export const externalIdTaken: FailureReason = {
  code: 'EXTERNAL_ID_TAKEN',
  message: 'Another media was given the same external id during the upload.',
  remedy: 'Upload the file again with another external id, or without one.',
  retryable: false,
}

export const duplicateContent = (existing: { id: string }): FailureReason => ({
  code: 'DUPLICATE',
  message: `During the upload, the library received exactly this content as ${globalId('Media', existing.id)}.`,
  remedy: 'Use that media, or upload the file again and allow a duplicate.',
  retryable: false,
})

export const replacedMediaGone: FailureReason = {
  code: 'REPLACED_MEDIA_GONE',
  message: 'The media to replace was deleted during the upload.',
  remedy: 'Restore that media and upload the file again, or upload it as a new media.',
  retryable: false,
}
