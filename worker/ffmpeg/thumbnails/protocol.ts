import { z } from 'zod'

/** Request to the process, as JSON in its first argument: finished thumbnails, and where to write their small pictures. */
export const thumbnailRequest = z.array(z.object({ inputPath: z.string(), outputPath: z.string() }))
export type ThumbnailRequest = z.infer<typeof thumbnailRequest>

/** Reply that the process prints, as JSON: one entry for each thumbnail, with the words of the library if it fails. */
export const thumbnailReply = z.array(
  z.union([
    z.object({
      ok: z.literal(true),
      files: z.array(z.object({ width: z.int(), path: z.string() })),
      placeholder: z.string(),
    }),
    z.object({ ok: z.literal(false), detail: z.string() }),
  ]),
)
export type ThumbnailReply = z.infer<typeof thumbnailReply>
