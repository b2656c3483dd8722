import { createHash } from 'node:crypto'
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, sendBytes } from '../../client/client.ts'
import { MediaDocument, MediaProgressDocument } from '../../client/generated/documents.ts'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { openQueue } from '../../src/adapters/queue.ts'
import { blobKey } from '../../src/services/storage/blobs.ts'
import { createPicture } from '../../test/harness/pictures.ts'
import { createTicket } from '../../test/harness/tickets.ts'
import { atMost, type Figure, formatNumber, informational, logProgress } from '../figures.ts'
import { openWorld, type World } from '../world.ts'

export const title = 'blobs: 45 pictures and their thumbnails, damaged on the disk of a running server'

const damages = ['truncated', 'extended', 'flipped', 'swapped', 'removed'] as const
type Damage = (typeof damages)[number]

/** Per kind of damage: pairs of pictures whose original, whose thumbnail, or both are damaged; and one untouched. */
const targetsPerDamage = [
  'original',
  'original',
  'thumbnail',
  'thumbnail',
  'thumbnail',
  'thumbnail',
  'both',
  'both',
  'none',
].map((target) => ({
  original: target === 'original' || target === 'both',
  thumbnail: target === 'thumbnail' || target === 'both',
}))

interface StoredFile {
  url: string
  path: string
  /** Null: untouched. */
  damage: Damage | null
}

interface Picture {
  id: string
  bytes: Buffer
  original: StoredFile
  thumbnail: StoredFile
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const upload = async (client: Client, bytes: Buffer): Promise<string> => {
  const sizeBytes = bytes.length
  const { target, upload } = await createTicket(client, { fileName: 'picture.png', sizeBytes, allowDuplicate: true })
  await sendBytes(target, bytes, { sizeBytes })
  return upload.mediaId
}

const waitForConversions = async (client: Client, ids: string[]): Promise<void> => {
  for await (const _ of client.follow(MediaProgressDocument, { ids }));
}

const pathOf = ({ env }: World, sha256: string): string => join(env['DATA_DIR'] ?? '', 'files', blobKey(sha256))

const storePictures = async (world: World, client: Client): Promise<Picture[]> => {
  const kinds = damages.flatMap((damage) => targetsPerDamage.map((targets) => ({ damage, ...targets })))
  const uploads: { id: string; bytes: Buffer; kind: (typeof kinds)[number] }[] = []
  for (const kind of kinds) {
    const bytes = createPicture()
    uploads.push({ id: await upload(client, bytes), bytes, kind })
  }
  await waitForConversions(
    client,
    uploads.map(({ id }) => id),
  )
  return Promise.all(
    uploads.map(async ({ id, bytes, kind: { damage, original, thumbnail } }) => {
      const { media } = await client.send(MediaDocument, { id })
      const { rows } = await world.database.query(
        `SELECT r."sha256" FROM "Rendition" r JOIN "MediaVersion" v ON v."id" = r."versionId" WHERE v."mediaId" = $1`,
        [id.replace('Media:', '')],
      )
      const file = (url: string | null | undefined, sha256: string, isDamaged: boolean): StoredFile => {
        if (!url) throw new Error(`${id} has no URL.`)
        return { url, path: pathOf(world, sha256), damage: isDamaged ? damage : null }
      }
      return {
        id,
        bytes,
        original: file(media?.url, sha256Of(bytes), original),
        thumbnail: file(media?.thumbnailUrl, rows[0]?.sha256, thumbnail),
      }
    }),
  )
}

const flipBit = async (path: string): Promise<void> => {
  const bytes = await readFile(path)
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  await writeFile(path, bytes)
}

const swap = async (path: string, otherPath: string): Promise<void> => {
  await rename(path, `${path}.other`)
  await rename(otherPath, path)
  await rename(`${path}.other`, otherPath)
}

const damageFiles = async (files: StoredFile[]): Promise<void> => {
  const actions: Record<Exclude<Damage, 'swapped'>, (path: string) => Promise<void>> = {
    truncated: (path) => truncate(path, 1000),
    extended: (path) => appendFile(path, 'more'),
    flipped: flipBit,
    removed: (path) => rm(path),
  }
  const swapped = files.filter(({ damage }) => damage === 'swapped').map(({ path }) => path)
  for (let index = 0; index + 1 < swapped.length; index += 2) await swap(swapped[index] ?? '', swapped[index + 1] ?? '')
  for (const { path, damage } of files) if (damage !== null && damage !== 'swapped') await actions[damage](path)
}

type Outcome = 'right' | 'wrong bytes' | 'refused' | 'server error'

const fetchOutcome = async ({ url }: StoredFile): Promise<Outcome> => {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status === 200) return response.headers.get('etag') === `"${sha256Of(bytes)}"` ? 'right' : 'wrong bytes'
  return response.status === 404 || response.status === 503 ? 'refused' : 'server error'
}

/** Fetches files one after another and counts those with this outcome. */
const createCounter = async (files: StoredFile[]) => {
  const outcomes: { file: StoredFile; outcome: Outcome }[] = []
  for (const file of files) outcomes.push({ file, outcome: await fetchOutcome(file) })
  return (wanted: Outcome, isCounted: (file: StoredFile) => boolean = () => true): number =>
    outcomes.filter(({ file, outcome }) => outcome === wanted && isCounted(file)).length
}

/** Sends the job to the running worker, waits for the end of a whole pass, and then for all conversions. */
const createScrub = async (world: World, client: Client, ids: string[]) => {
  const { DATABASE_URL: url = '' } = world.env
  const log = createLogger('error')
  const queue = await openQueue({ databaseUrl: url, log, isWorker: false, concurrency: 1 })
  const database = openDatabase({ url, log })
  const scrub = async (): Promise<number> => {
    await database.blobScrub.deleteMany() // the next pass is due
    const startMs = performance.now()
    await database.$transaction((transaction) => queue.send(transaction, { name: 'scrub', payload: {} }))
    const countActiveJobs = async () => {
      const { rows } = await world.database.query(
        `SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'scrub' AND state IN ('created', 'active')`,
      )
      return rows[0].count
    }
    while ((await countActiveJobs()) > 0) await sleep(20)
    const seconds = (performance.now() - startMs) / 1000
    await waitForConversions(client, ids)
    return seconds
  }
  const close = async () => {
    await queue.close()
    await database.$disconnect()
  }
  return { scrub, close }
}

const countMarked = async ({ database }: World): Promise<number> => {
  const { rows } = await database.query('SELECT count(*)::int AS count FROM "Blob" WHERE "fault" IS NOT NULL')
  return rows[0].count
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await world.serve('scripts/start.ts', { LOG_LEVEL: 'silent' })
  // The schedule would run the job at any moment.
  await world.database.query(`DELETE FROM pgboss.schedule WHERE name = 'scrub'`)
  const client = await world.client()
  const pictures = await storePictures(world, client)
  const files = pictures.flatMap(({ original, thumbnail }) => [original, thumbnail])
  const damagedCount = files.filter(({ damage }) => damage !== null).length
  const { scrub, close } = await createScrub(
    world,
    client,
    pictures.map(({ id }) => id),
  )
  logProgress(`Stored ${files.length} files; damaging ${damagedCount} of them.`)

  await damageFiles(files)
  const isFlipped = ({ damage }: StoredFile) => damage === 'flipped'
  // Two pictures of equal size that were swapped look sound, too.
  const isOfWrongSize = ({ damage }: StoredFile) => damage !== null && damage !== 'flipped' && damage !== 'swapped'
  const before = await createCounter(files)
  // Known faults are repaired by requests alone; the scrub finds the rest.
  const scrubSeconds = await scrub()
  const markedOriginals = await countMarked(world)
  const after = await createCounter(files)
  const hasOriginal = new Set(
    pictures.filter(({ original }) => original.damage === null).map(({ thumbnail }) => thumbnail),
  )
  for (const { bytes } of pictures) await upload(client, bytes)
  const reuploaded = await createCounter(pictures.map(({ original }) => original))
  await scrub()
  const healed = await createCounter(files)
  const stillMarked = await countMarked(world)
  await close()

  return [
    informational('files, damaged', `${files.length}, ${damagedCount}`),
    atMost(
      'wrong bytes under the right ETag: truncated, extended or removed',
      before('wrong bytes', isOfWrongSize),
      0,
      '',
    ),
    informational(
      '  flipped or swapped with equal size, before the scrub',
      `${before('wrong bytes')} (${before('wrong bytes', isFlipped)} flipped)`,
    ),
    atMost(
      'wrong bytes under the right ETag after one scrub',
      after('wrong bytes'),
      0,
      '',
      `, in ${formatNumber(scrubSeconds)} s`,
    ),
    atMost('server errors, before and after', before('server error') + after('server error'), 0, ''),
    atMost(
      'untouched files refused',
      after('refused', ({ damage }) => damage === null),
      0,
      '',
    ),
    atMost(
      'thumbnails with a sound original not made again',
      hasOriginal.size - after('right', (file) => hasOriginal.has(file)),
      0,
      '',
    ),
    informational('marks that wait for an upload', String(markedOriginals)),
    atMost(
      'originals not served right after an upload of the same bytes',
      pictures.length - reuploaded('right'),
      0,
      '',
    ),
    atMost('files not served right after the next scrub', files.length - healed('right'), 0, ''),
    atMost('marks left', stillMarked, 0, ''),
  ]
}
