import type { PictureFailureCode } from './protocol.ts'

/** Refusal of a picture by a check of our own, before a library decodes it. */
export class PictureError extends Error {
  readonly code: PictureFailureCode
  constructor(code: PictureFailureCode, detail: string) {
    super(detail)
    this.name = 'PictureError'
    this.code = code
  }
}

// The libraries tell causes apart only by their messages. The order matters: libheif reports most causes as invalid input.
const messagePatterns: [RegExp, PictureFailureCode][] = [
  [/Could not load the "sharp" module|ERR_DLOPEN_FAILED|Cannot find (module|package)/i, 'TOOL_MISSING'],
  // The reader of this very type does not find its header.
  [/contains unsupported image format/i, 'DAMAGED'],
  [/creating thread|temporarily unavailable/i, 'KILLED'],
  [
    /pixel limit|channel limit|exceed(s|ed)|cannot load more than|too (large|big|many)|security limit|maximum image size|memory|allocation failed|greater than 2 GiB/i,
    'TOO_LARGE',
  ],
  [
    /not been built in|not configured|unsupported|not supported|not implemented|unknown (compression|codec|item)|No '?\w{3}C'? box|j2kH|no decod|blocked|bad photometric/i,
    'UNSUPPORTED_CODEC',
  ],
  [/premature end|unexpected end|end of (file|stream|input)|truncat|not enough (data|bytes)/i, 'TRUNCATED'],
]

export const toPictureFailure = (error: unknown): { code: PictureFailureCode; detail: string } => {
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof PictureError) return { code: error.code, detail }
  return { code: messagePatterns.find(([pattern]) => pattern.test(detail))?.[1] ?? 'DAMAGED', detail }
}
