import { z } from 'zod'

/** Request to the process, as JSON in its first argument. */
export const pictureRequest = z.object({
  decoder: z.enum(['vips', 'heif']),
  mimeType: z.string(),
  inputPath: z.string(),
  /** Box into which the picture is scaled down. */
  maxSize: z.object({ width: z.number(), height: z.number() }),
  /** Where to write the small copy, without an extension; null only tests that the picture can be decoded. */
  outputPath: z.string().nullable(),
})
export type PictureRequest = z.infer<typeof pictureRequest>

const size = { width: z.number(), height: z.number() }

/** Reply that the process prints, as JSON. */
export const pictureReply = z.union([
  z.object({
    ok: z.literal(true),
    /** Displayed size of the original. */
    ...size,
    output: z.object({ path: z.string(), mimeType: z.enum(['image/jpeg', 'image/png']) }).nullable(),
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
