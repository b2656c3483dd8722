import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { seedLibrary } from '../prisma/seed/library.ts'
import { createSeedPictures } from '../prisma/seed/pictures.ts'
import { createDiskStorage } from '../src/adapters/storage/disk.ts'
import { parseStorageUrl } from '../src/services/config/storage.ts'
import { type Figure, formatNumber, informational } from './figures.ts'
import { openWorld, type World } from './world.ts'

export const title = 'pictures: bytes of a page of 100 cards, and of 25 thumbnails per width'

const librarySize = 400
const widths = ['W160', 'W320', 'W640'] as const

const pageQuery = `{ mediaList(first: 100) { edges { cursor node {
  id title fileName kind status mimeType sizeBytes durationSeconds width height tags uploadedAt
  thumbnail(width: W320) thumbnailPlaceholder uploadedBy { id name } folder { id name } usageCount
} } pageInfo { hasNextPage endCursor } totalCount } }`

const thumbnailsQuery = `{ mediaList(first: 100, filter: { kinds: [IMAGE, VIDEO], statuses: [READY] }) { nodes {
  thumbnailUrl ${widths.map((width) => `${width}: thumbnail(width: ${width})`).join(' ')} } } }`

type Pictured = Record<(typeof widths)[number] | 'thumbnailUrl', string | null>

const ask = async (world: World, query: string, encoding: string) =>
  fetch(world.graphqlUrl, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'accept-encoding': encoding,
      authorization: `Bearer ${await world.token()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query }),
  })

/** Compressors of the answers, with their levels around the one that is used. */
const codings: [name: string, compress: (bytes: Buffer) => Buffer][] = [
  ...[1, 3, 6].map((level): [string, (bytes: Buffer) => Buffer] => [
    `gzip ${level}`,
    (bytes) => gzipSync(bytes, { level }),
  ]),
  ...[1, 4, 5].map((quality): [string, (bytes: Buffer) => Buffer] => [
    `brotli ${quality}`,
    (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  ]),
  ...[1, 3, 6].map((level): [string, (bytes: Buffer) => Buffer] => [
    `zstd ${level}`,
    (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
  ]),
]

/** CPU time of one compression, by many. */
const measureCpuMs = (run: () => void, rounds = 200): number => {
  for (let round = 0; round < 20; round++) run()
  const start = process.cpuUsage()
  for (let round = 0; round < rounds; round++) run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000 / rounds
}

const kib = (bytes: number): string => `${formatNumber(bytes / 1024)} KiB`

const measurePage = async (world: World): Promise<Figure[]> => {
  const plain = Buffer.from(await (await ask(world, pageQuery, 'identity')).arrayBuffer())
  const figures = [informational('page of 100 cards, plain', kib(plain.length))]
  for (const coding of ['gzip', 'br', 'zstd']) {
    const { headers } = await ask(world, pageQuery, coding)
    figures.push(informational(`  as sent in ${coding}`, kib(Number(headers.get('content-length')))))
  }
  for (const [name, compress] of codings)
    figures.push(
      informational(
        `  ${name}: bytes, CPU`,
        `${kib(compress(plain).length)}, ${formatNumber(measureCpuMs(() => compress(plain)))} ms`,
      ),
    )
  return figures
}

const sumBytes = async (urls: (string | null)[]): Promise<number> => {
  let sum = 0
  for (const url of urls) sum += (await (await fetch(url ?? '')).arrayBuffer()).byteLength
  return sum
}

const measureThumbnails = async (world: World): Promise<Figure[]> => {
  const { data } = (await (await ask(world, thumbnailsQuery, 'gzip')).json()) as {
    data: { mediaList: { nodes: Pictured[] } } // as: selected
  }
  const pictured = data.mediaList.nodes.filter(({ W160, thumbnailUrl }) => W160 && thumbnailUrl).slice(0, 25)
  const figures: Figure[] = []
  for (const field of ['thumbnailUrl', ...widths] as const)
    figures.push(
      informational(
        `${pictured.length} pictures, ${field}`,
        kib(await sumBytes(pictured.map((media) => media[field]))),
      ),
    )
  return figures
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const config = parseStorageUrl(undefined, world.env['DATA_DIR'] ?? '', [])
  if (config.type !== 'disk') throw new Error('The benchmark stores its pictures on the disk.')
  const client = await world.database.connect()
  const startMs = performance.now()
  const pictures = createSeedPictures(createDiskStorage({ root: config.path }))
  await seedLibrary(client, librarySize, { pictures }).finally(() => client.release())
  const seconds = (performance.now() - startMs) / 1000
  await world.serveApi()
  return [
    ...(await measurePage(world)),
    ...(await measureThumbnails(world)),
    informational('seconds per 100 media to seed with pictures', formatNumber((100 * seconds) / librarySize)),
  ]
}
