import type { FailureReason } from '../kernel/failure.ts'

/** Why an upload ends although its bytes have arrived, in words for whoever sent them. */
export const checksumMismatch: FailureReason = {
  code: 'CHECKSUM_MISMATCH',
  message: 'The file that arrived is not the one that was announced: their checksums differ.',
  remedy: 'Upload the file again.',
  retryable: false,
}

export const externalIdTaken: FailureReason = {
  code: 'EXTERNAL_ID_TAKEN',
  message: 'Another media has got the external id while this file was on its way.',
  remedy: 'Upload the file again, with another external id or none.',
  retryable: false,
}

export const replacedMediaGone: FailureReason = {
  code: 'REPLACED_MEDIA_GONE',
  message: 'The media that this file was to replace was deleted while the file was on its way.',
  remedy: 'Restore that media and upload the file again, or upload it as a media of its own.',
  retryable: false,
}
