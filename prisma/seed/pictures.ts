import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import type { Storage } from '../../src/services/kernel/ports.ts'
import { blobKey } from '../../src/services/storage/blobs.ts'
import { encodeThumbnails, openThumbnail } from '../../worker/ffmpeg/thumbnails/encode.ts'
import { drawPicture, imageShape, type Shape } from './drawing.ts'

/** Steps of the seed that store bytes and write their digests into its temporary tables. */
export interface SeedPictures {
  /** Stores the originals of images. */
  storeOriginals(client: ClientBase): Promise<void>
  /** Stores the THUMBNAIL renditions of all kinds, and the thumbnails that are made from them. */
  storeThumbnails(client: ClientBase): Promise<void>
  /** Inserts the rows of the thumbnails. */
  insertThumbnails(client: ClientBase): Promise<void>
}

/** Number of pictures that are drawn at the same time. */
const concurrency = 8

const inBatches = async <Row, Result>(rows: readonly Row[], work: (row: Row) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  for (let start = 0; start < rows.length; start += concurrency)
    results.push(...(await Promise.all(rows.slice(start, start + concurrency).map(work))))
  return results
}

const encode = (number: number, shape: Shape, mimeType: string): Promise<Buffer> => {
  const picture = drawPicture(number, shape)
  if (mimeType === 'image/png') return picture.png({ compressionLevel: 3 }).toBuffer()
  return (mimeType === 'image/webp' ? picture.webp({ effort: 1 }) : picture.jpeg({ quality: 85 })).toBuffer()
}

/** Shapes of the THUMBNAIL renditions: copies of images, frames of videos, and pictures in the place of waveforms. */
const thumbnailShape = (number: number, kind: string): Shape => {
  if (kind === 'AUDIO') return { width: 640, height: 180 }
  const { width, height } = kind === 'IMAGE' ? imageShape(number) : { width: 640, height: 360 }
  return { width: 640, height: Math.round((640 * height) / width) }
}

export const createSeedPictures = (storage: Storage): SeedPictures => {
  const put = async (bytes: Buffer) => {
    const hash = createHash('sha256').update(bytes).digest('hex')
    await storage.put(blobKey(hash), bytes)
    return { hash, size: bytes.length }
  }

  return {
    async storeOriginals(client) {
      const { rows } = await client.query<{ numbers: number[]; mime: string }>(`
        SELECT array_agg(n ORDER BY n) AS numbers, mime FROM seed JOIN described USING (n)
        WHERE kind = 'IMAGE' AND status = 'READY' GROUP BY hash, mime`)
      const originals = await inBatches(rows, async ({ numbers, mime }) => {
        const number = numbers[0] ?? 0
        const shape = imageShape(number)
        return { numbers, number, ...shape, ...(await put(await encode(number, shape, mime))) }
      })
      await client.query('CREATE TEMPORARY TABLE drawn (n int, number int) ON COMMIT DROP')
      await client.query(
        `WITH original AS (
           SELECT unnest(numbers) AS n, number, width, height, hash, size
           FROM jsonb_to_recordset($1::jsonb) AS row (numbers int[], number int, width int, height int, hash text, size bigint)
         ), updated AS (
           UPDATE seed SET hash = original.hash, size = original.size, width = original.width, height = original.height
           FROM original WHERE seed.n = original.n
         )
         INSERT INTO drawn SELECT n, number FROM original`,
        [JSON.stringify(originals)],
      )
    },

    async storeThumbnails(client) {
      const { rows } = await client.query<{ n: number; number: number; kind: string }>(`
        SELECT n, coalesce(number, n) AS number, kind FROM made LEFT JOIN drawn USING (n)
        WHERE profile = 'THUMBNAIL' AND state = 'READY'`)
      const thumbnails = await inBatches(rows, async ({ n, number, kind }) => {
        const shape = thumbnailShape(number, kind)
        const bytes = await encode(number, shape, 'image/jpeg')
        const { files, placeholder } = await encodeThumbnails(await openThumbnail(bytes))
        const stored = files.map(async ({ width, bytes: file }) => ({ wanted: width, ...(await put(file)) }))
        return { n, ...shape, ...(await put(bytes)), placeholder, files: await Promise.all(stored) }
      })
      await client.query(`
        CREATE TEMPORARY TABLE thumbnail (n int, width int, height int, hash text, size bigint, placeholder text, files jsonb)
        ON COMMIT DROP`)
      await client.query(
        'INSERT INTO thumbnail SELECT row.* FROM jsonb_populate_recordset(NULL::thumbnail, $1::jsonb) AS row',
        [JSON.stringify(thumbnails)],
      )
      await client.query(`
        UPDATE made SET hash = thumbnail.hash, size = thumbnail.size, mime = 'image/jpeg', width = thumbnail.width,
          height = thumbnail.height
        FROM thumbnail WHERE thumbnail.n = made.n AND profile = 'THUMBNAIL'`)
    },

    async insertThumbnails(client) {
      await client.query(`
        CREATE TEMPORARY TABLE "thumbnailFile" ON COMMIT DROP AS
          SELECT version, at, file.* FROM thumbnail JOIN made ON made.n = thumbnail.n AND profile = 'THUMBNAIL',
            jsonb_to_recordset(files) AS file (wanted int, hash text, size bigint)`)
      await client.query(`
        INSERT INTO "Blob" ("sha256", "sizeBytes", "createdAt") SELECT hash, size, at FROM "thumbnailFile"
        ON CONFLICT DO NOTHING`)
      await client.query(`
        INSERT INTO "Thumbnail" (id, "versionId", width, "sizeBytes", "sha256")
        SELECT gen_random_uuid(), version, wanted, size, hash FROM "thumbnailFile"`)
      await client.query(`
        UPDATE "MediaVersion" SET "placeholder" = thumbnail.placeholder
        FROM thumbnail JOIN made ON made.n = thumbnail.n AND profile = 'THUMBNAIL' WHERE "MediaVersion".id = version`)
    },
  }
}
