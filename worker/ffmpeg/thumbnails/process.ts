// Entry of the process that makes the small pictures of finished thumbnails. It runs in the sandbox: it reads files that
// another process has made from those of strangers.
import { writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { encodeThumbnails } from './encode.ts'
import { type ThumbnailReply, type ThumbnailRequest, thumbnailRequest } from './protocol.ts'

sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'] })

const make = async ({ inputPath, outputPath }: ThumbnailRequest[number]): Promise<ThumbnailReply[number]> => {
  try {
    const { files, placeholder } = await encodeThumbnails(inputPath)
    const written = files.map(async ({ width, bytes }) => {
      const path = `${outputPath}-${width}.webp`
      await writeFile(path, bytes)
      return { width, path }
    })
    return { ok: true, files: await Promise.all(written), placeholder }
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

const reply: ThumbnailReply = []
for (const entry of thumbnailRequest.parse(JSON.parse(process.argv[2] ?? ''))) reply.push(await make(entry))
process.stdout.write(JSON.stringify(reply))
