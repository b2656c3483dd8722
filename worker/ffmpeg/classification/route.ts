import type { MediaKind } from '../../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../../src/services/kernel/mediaInfo.ts'
import type { MediaWarning } from '../../../src/services/kernel/warning.ts'
import { type ConversionFailure, createFailure } from '../failures.ts'

export type ExaminationResult =
  | { ok: true; mediaInfo: MediaInfo; warnings: MediaWarning[] }
  | { ok: false; mediaInfo: MediaInfo; failure: ConversionFailure }

/** Route of a file after its first bytes were read: the result is known, or ffprobe has to examine it. */
export type ExaminationRoute =
  | { type: 'settled'; result: ExaminationResult }
  | { type: 'image'; mimeType: string; demuxer: string }
  /** A picture that ffmpeg cannot read, or reads wrongly. */
  | { type: 'picture'; mimeType: string }
  | { type: 'recording'; mimeType: string }
  /** Only the name or the sender claims that the file is media. */
  | { type: 'guess' }

export const createMediaInfo = (kind: MediaKind, mimeType: string): MediaInfo => ({
  kind,
  mimeType,
  durationSeconds: null,
  width: null,
  height: null,
})
export const accept = (kind: MediaKind, mimeType: string): Extract<ExaminationResult, { ok: true }> => ({
  ok: true,
  mediaInfo: createMediaInfo(kind, mimeType),
  warnings: [],
})
/** Accepts a picture that no decoder here reads: other software may show it. */
export const acceptUndecoded = (mimeType: string): Extract<ExaminationResult, { ok: true }> => ({
  ...accept('IMAGE', mimeType),
  warnings: [
    {
      code: 'UNSUPPORTED_CODEC',
      message:
        'The server cannot decode this picture, so that it has no thumbnail. To get one, export it as JPEG or PNG and upload that.',
    },
  ],
})
export const reject = (
  code: ConversionFailure['code'],
  info: MediaInfo,
): Extract<ExaminationResult, { ok: false }> => ({
  ok: false,
  mediaInfo: info,
  failure: createFailure(code),
})
export const settle = (result: ExaminationResult): ExaminationRoute => ({ type: 'settled', result })
