import { z } from 'zod'

/** Files in each width, and their ThumbHash in Base64. */
export const writtenThumbnails = z.object({
  files: z.array(z.object({ width: z.int(), path: z.string() })),
  placeholder: z.string(),
})
export type WrittenThumbnails = z.infer<typeof writtenThumbnails>

/** Request to the process, as JSON in its first argument: finished THUMBNAIL renditions, and where to write. */
export const thumbnailRequest = z.array(z.object({ inputPath: z.string(), outputPath: z.string() }))
export type ThumbnailRequest = z.infer<typeof thumbnailRequest>

/** Reply that the process prints, as JSON: one entry for each rendition, with the words of the library if it fails. */
export const thumbnailReply = z.array(
  z.union([writtenThumbnails.extend({ ok: z.literal(true) }), z.object({ ok: z.literal(false), detail: z.string() })]),
)
export type ThumbnailReply = z.infer<typeof thumbnailReply>
