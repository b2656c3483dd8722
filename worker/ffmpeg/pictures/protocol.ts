import { z } from 'zod'
import { writtenThumbnails } from '../thumbnails/protocol.ts'

const pictureCopy = z.object({
  /** A small JPEG or PNG, or a WebP in the size of the original. */
  size: z.enum(['small', 'full']),
  /** Where to write it, without an extension. */
  path: z.string(),
})
export type PictureCopy = z.infer<typeof pictureCopy>

/** Request to the process, as JSON in its first argument. */
export const pictureRequest = z.object({
  decoder: z.enum(['vips', 'heif']),
  mimeType: z.string(),
  inputPath: z.string(),
  /** Box into which the small copy is scaled down. */
  maxSize: z.object({ width: z.number(), height: z.number() }),
  /** Null only tests that the picture can be decoded. */
  copy: pictureCopy.nullable(),
})
export type PictureRequest = z.infer<typeof pictureRequest>

const size = { width: z.number(), height: z.number() }

/** Reply that the process prints, as JSON. */
export const pictureReply = z.union([
  z.object({
    ok: z.literal(true),
    /** Displayed size of the original. */
    ...size,
    output: z
      .object({
        path: z.string(),
        mimeType: z.enum(['image/jpeg', 'image/png', 'image/webp']),
        /** Thumbnails of a small copy. */
        thumbnails: writtenThumbnails.optional(),
      })
      .nullable(),
  }),
  z.object({
    ok: z.literal(false),
    code: z.enum(['TOO_LARGE', 'TRUNCATED', 'DAMAGED', 'UNSUPPORTED_CODEC', 'TOOL_MISSING', 'KILLED']),
    /** Words of the library, for the log. */
    detail: z.string(),
  }),
])
export type PictureReply = z.infer<typeof pictureReply>
export type PictureFailureCode = Extract<PictureReply, { ok: false }>['code']
