// Entry of the process that makes thumbnails of finished THUMBNAIL renditions. It runs in the sandbox: another process has
// made these from files of strangers.
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { type EncodedThumbnails, encodeThumbnails, openThumbnail } from './encode.ts'
import { type ThumbnailReply, type ThumbnailRequest, thumbnailRequest } from './protocol.ts'
import { writeFiles } from './write.ts'

sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'] })

/** A lack of memory says nothing about the picture. */
const isPictureFault = (error: unknown): error is Error =>
  error instanceof Error && !/out of memory|(unable|failed|cannot) (to )?allocate/i.test(error.message)

/** Rejects if the machine fails. What is wrong with the picture is a reply: trying again would not help. */
const make = async ({ inputPath, outputPath }: ThumbnailRequest[number]): Promise<ThumbnailReply[number]> => {
  const bytes = await readFile(inputPath)
  let encoded: EncodedThumbnails
  try {
    encoded = await encodeThumbnails(await openThumbnail(bytes))
  } catch (error) {
    if (!isPictureFault(error)) throw error
    return { ok: false, detail: error.message }
  }
  return { ok: true, ...(await writeFiles(encoded, outputPath)) }
}

const reply: ThumbnailReply = []
for (const entry of thumbnailRequest.parse(JSON.parse(process.argv[2] ?? ''))) reply.push(await make(entry))
process.stdout.write(JSON.stringify(reply))
