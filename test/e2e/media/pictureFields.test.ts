import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'

const it = base
  .extend('token', ({ world }) => world.token('viewer', 'Vera'))
  .extend('seeded', { scope: 'file', auto: true }, async ({ world }) => {
    const { database } = world.runtime.ports
    await seedMedia(world, 7, { kind: 'IMAGE', status: 'READY' })
    for (const { id: versionId } of await database.mediaVersion.findMany()) {
      await database.mediaVersion.update({ where: { id: versionId }, data: { placeholder: 'placeholder' } })
      for (const width of [160, 320, 640]) {
        const sha256 = randomBytes(32).toString('hex')
        await database.blob.create({ data: { sha256, sizeBytes: 10 } })
        await database.thumbnail.create({ data: { versionId, width, sizeBytes: 10, sha256 } })
      }
    }
  })

it.for([1, 7])('pictures and download URLs of %i media are read by one statement', async (first, { world, token }) => {
  const query = `{ mediaList(first: ${first}) { nodes { id thumbnailPlaceholder downloadUrl
    small: thumbnail(width: W160) large: thumbnail(width: W640, expiresInSeconds: 600) } } }`
  await world.post(token, '{ viewer { id } }') // the first request creates the user of the token
  const statements = await world.captureStatements(async () => {
    const { data, errors } = await world.post(token, query)
    expect(errors).toBeUndefined()
    const { nodes } = (data as { mediaList: { nodes: { small: string; large: string }[] } }).mediaList // as: selected
    expect(nodes).toHaveLength(first)
    expect(nodes[0]).toMatchObject({
      thumbnailPlaceholder: 'placeholder',
      small: expect.stringContaining('/files/thumbnails/'),
      large: expect.stringContaining('-640.webp?expires='),
    })
  })
  expect(statements).toHaveLength(1)
})

it('a width is required', async ({ world, token }) => {
  const { errors } = await world.post(token, '{ mediaList(first: 1) { nodes { thumbnail } } }')
  expect(errors?.[0]?.message).toContain('width')
})

it.for(['thumbnail(width: W160, expiresInSeconds: 59)', 'downloadUrl(expiresInSeconds: 604801)'])(
  '%s is refused with the name of the argument',
  async (field, { world, token }) => {
    const { errors } = await world.post(token, `{ mediaList(first: 1) { nodes { ${field} } } }`)
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'INVALID_INPUT', fields: [{ path: 'expiresInSeconds' }] },
    })
  },
)
