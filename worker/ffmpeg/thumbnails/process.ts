// Entry of the process that makes thumbnails of finished THUMBNAIL renditions. It runs in the sandbox: another process has
// made these from files of strangers.
import sharp from 'sharp'
import { openThumbnail } from './encode.ts'
import { type ThumbnailReply, type ThumbnailRequest, thumbnailRequest } from './protocol.ts'
import { writeThumbnails } from './write.ts'

sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'] })

const make = async ({ inputPath, outputPath }: ThumbnailRequest[number]): Promise<ThumbnailReply[number]> => {
  try {
    return { ok: true, ...(await writeThumbnails(await openThumbnail(inputPath), outputPath)) }
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

const reply: ThumbnailReply = []
for (const entry of thumbnailRequest.parse(JSON.parse(process.argv[2] ?? ''))) reply.push(await make(entry))
process.stdout.write(JSON.stringify(reply))
