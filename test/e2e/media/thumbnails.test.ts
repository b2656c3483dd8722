import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash'
import { describe, expect } from 'vitest'
import type { FixtureName } from '../../harness/fixtures.ts'
import { itWithWorker as base } from '../../harness/it.ts'
import { followToEnd } from '../../harness/world.ts'

interface Pictures {
  w160: string | null
  w320: string | null
  w640: string | null
  thumbnailUrl: string | null
  thumbnailPlaceholder: string | null
}

const fields = `w160: thumbnail(width: W160) w320: thumbnail(width: W320) w640: thumbnail(width: W640)
  thumbnailUrl thumbnailPlaceholder`

const it = base
  .extend('readPictures', ({ world }) => async (id: string): Promise<Pictures> => {
    const { data } = await world.post(await world.token('viewer'), `{ media(id: "${id}") { ${fields} } }`)
    return (data as { media: Pictures }).media // as: selected
  })
  /** Uploads bytes, waits for the end of their conversions, and reads their pictures. */
  .extend('convert', ({ world, users: { editor }, readPictures }) => async (bytes: Buffer, fileName: string) => {
    const id = await world.upload(editor, bytes, { fileName, allowDuplicate: true, renditions: ['THUMBNAIL'] })
    await followToEnd(editor, id)
    return readPictures(id)
  })
  .extend('convertFixture', ({ files, convert }) => async (name: FixtureName) => {
    return convert(await readFile(await files.pathOf(name)), name)
  })

const fetchPicture = async (url: string | null) => {
  const response = await fetch(url ?? '')
  const { format, width, height, hasAlpha } = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
  return { type: response.headers.get('content-type'), format, width, height, hasAlpha }
}

const fetchSizes = async ({ w160, w320, w640 }: Pictures) => {
  const pictures = await Promise.all([w160, w320, w640].map(fetchPicture))
  expect(pictures.map(({ type, format }) => [type, format])).toEqual(Array(3).fill(['image/webp', 'webp']))
  return pictures.map(({ width, height }) => [width, height])
}

const draw = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: '#37a', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .png()
    .toBuffer()

describe('a thumbnail', () => {
  const sizes: [what: string, name: FixtureName, sizes: number[][]][] = [
    [
      'a video',
      'clip.mp4',
      [
        [160, 90],
        [320, 180],
        [640, 360],
      ],
    ],
    [
      'a sound',
      'tone.mp3',
      [
        [160, 45],
        [320, 90],
        [640, 180],
      ],
    ],
    [
      'a picture that was held sideways',
      'held-sideways.jpg',
      [
        [160, 240],
        [320, 480],
        [640, 960],
      ],
    ],
  ]
  it.for(sizes)('of %s is a WebP of each width in its aspect ratio', async ([, name, expected], { convertFixture }) => {
    expect(await fetchSizes(await convertFixture(name))).toEqual(expected)
  })

  it.for([
    [
      100,
      60,
      [
        [100, 60],
        [100, 60],
        [100, 60],
      ],
    ],
    [
      200,
      300,
      [
        [160, 240],
        [200, 300],
        [200, 300],
      ],
    ],
    [
      1,
      1,
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
  ] as const)('of a picture of %i × %i pixels is not enlarged', async ([width, height, expected], { convert }) => {
    expect(await fetchSizes(await convert(await draw(width, height), 'small.png'))).toEqual(expected)
  })

  it.for([
    [
      3000,
      10,
      [
        [160, 1],
        [320, 1],
        [640, 2],
      ],
    ],
    [
      10,
      3000,
      [
        [10, 3000],
        [10, 3000],
        [10, 3000],
      ],
    ],
  ] as const)('of a picture of %i × %i pixels has at least one row', async ([width, height, expected], { convert }) => {
    expect(await fetchSizes(await convert(await draw(width, height), 'strip.png'))).toEqual(expected)
  })

  it('of a transparent picture is transparent', async ({ convertFixture }) => {
    expect(await fetchPicture((await convertFixture('transparent.png')).w320)).toMatchObject({ hasAlpha: true })
  })

  it('is null for a text', async ({ convert }) => {
    expect(await convert(Buffer.from('Only words.'), 'words.txt')).toEqual({
      w160: null,
      w320: null,
      w640: null,
      thumbnailUrl: null,
      thumbnailPlaceholder: null,
    })
  })

  it('is saved under the name of the file with its width', async ({ convert }) => {
    const { w320 } = await convert(await draw(400, 300), 'Küste.png')
    const { headers } = await fetch(w320 ?? '')
    expect(headers.get('content-disposition')).toContain(`filename*=UTF-8''K%C3%BCste-320.webp`)
  })

  it('stays beside a THUMBNAIL rendition as it was', async ({ convert }) => {
    const { thumbnailUrl } = await convert(await draw(800, 600), 'picture.png')
    expect(await fetchPicture(thumbnailUrl)).toMatchObject({ type: 'image/jpeg', width: 640, height: 480 })
  })
})

describe('a placeholder', () => {
  it('decodes to the aspect ratio of the picture', async ({ convertFixture }) => {
    const hash = Buffer.from((await convertFixture('held-sideways.jpg')).thumbnailPlaceholder ?? '', 'base64')
    expect(thumbHashToApproximateAspectRatio(hash)).toBeCloseTo(800 / 1200, 0)
    const { w, h, rgba } = thumbHashToRGBA(hash)
    expect(rgba).toHaveLength(4 * w * h)
  })

  it('decodes to the colour of the picture', async ({ convert }) => {
    const colours = { r: 176, g: 96, b: 64 }
    const dark = await sharp({ create: { width: 150, height: 200, channels: 3, background: colours } })
      .png()
      .toBuffer()
    // A picture of one colour alone gets a THUMBNAIL whose values are spread.
    const bytes = await sharp({
      create: { width: 300, height: 200, channels: 3, background: { r: 186, g: 106, b: 74 } },
    })
      .composite([{ input: dark, left: 0, top: 0 }])
      .png()
      .toBuffer()
    const hash = Buffer.from((await convert(bytes, 'brown.png')).thumbnailPlaceholder ?? '', 'base64')
    const { r, g, b, a } = thumbHashToAverageRGBA(hash)
    for (const [actual, expected] of [
      [r, colours.r],
      [g, colours.g],
      [b, colours.b],
      [a, 255],
    ] as const)
      expect(Math.abs(255 * actual - expected)).toBeLessThan(12)
  })
})
