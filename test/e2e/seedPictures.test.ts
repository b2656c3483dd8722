import sharp from 'sharp'
import { thumbHashToRGBA } from 'thumbhash'
import { expect } from 'vitest'
import { seedLibrary } from '../../prisma/seed/library.ts'
import { createSeedPictures } from '../../prisma/seed/pictures.ts'
import { it as base } from '../harness/it.ts'
import { openSession } from '../harness/session.ts'

interface SeededMedia {
  kind: string
  mimeType: string
  sizeBytes: number
  width: number | null
  height: number | null
  url: string
  thumbnail: string | null
  thumbnailPlaceholder: string | null
  renditions: { profile: string; status: string; url: string | null }[]
}

const query = `{ mediaList(first: 100) { nodes { kind mimeType sizeBytes width height url thumbnail(width: W320)
  thumbnailPlaceholder renditions { profile status url } } } }`

const it = base.extend('library', { scope: 'file' }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  const pictures = createSeedPictures(world.runtime.ports.storage)
  await seedLibrary(owner, 80, { pictures }).finally(() => owner.end())
  const { data } = await world.post(await world.token('viewer'), query)
  return (data as { mediaList: { nodes: SeededMedia[] } }).mediaList.nodes // as: selected
})

const readBytes = async (url: string | null) => Buffer.from(await (await fetch(url ?? '')).arrayBuffer())

const readyThumbnail = ({ renditions }: SeededMedia) =>
  renditions.find(({ profile, status }) => profile === 'THUMBNAIL' && status === 'READY')

it('images have originals of their type and size', async ({ library }) => {
  const images = library.filter((media) => media.kind === 'IMAGE' && readyThumbnail(media))
  expect(images.length).toBeGreaterThan(5)
  for (const { url, mimeType, sizeBytes, width, height } of images) {
    const bytes = await readBytes(url)
    expect(bytes).toHaveLength(sizeBytes)
    expect(await sharp(bytes).metadata()).toMatchObject({ format: mimeType.replace('image/', ''), width, height })
  }
})

it('media with a THUMBNAIL rendition have thumbnails with placeholders', async ({ library }) => {
  const pictured = library.filter(readyThumbnail)
  expect(new Set(pictured.map(({ kind }) => kind))).toEqual(new Set(['VIDEO', 'IMAGE', 'AUDIO']))
  for (const media of pictured) {
    expect(await sharp(await readBytes(media.thumbnail)).metadata()).toMatchObject({ format: 'webp', width: 320 })
    expect(await sharp(await readBytes(readyThumbnail(media)?.url ?? null)).metadata()).toMatchObject({ width: 640 })
    expect(thumbHashToRGBA(Buffer.from(media.thumbnailPlaceholder ?? '', 'base64')).w).toBeGreaterThan(0)
  }
})

it('pictures are distinct', async ({ library }) => {
  const urls = library.flatMap(({ thumbnail }) => thumbnail ?? [])
  const texts = await Promise.all(urls.map(async (url) => (await readBytes(url)).toString('base64')))
  // 3 % of the media have the content of another one.
  expect(new Set(texts).size).toBeGreaterThan(0.9 * texts.length)
})

it('files without bytes are answered with 404', async ({ library }) => {
  const urls = library.flatMap(({ kind, url, renditions }) =>
    kind === 'VIDEO'
      ? [url, ...renditions.flatMap(({ profile, url }) => (profile === 'THUMBNAIL' ? [] : (url ?? [])))]
      : [],
  )
  const statuses = await Promise.all(urls.map(async (url) => (await fetch(url)).status))
  expect(statuses.length).toBeGreaterThan(20)
  expect(new Set(statuses)).toEqual(new Set([404]))
})
