/** Spellings of a domain's name: `caption`, `captions`, `Caption`, `Captions`. */
export interface DomainNames {
  one: string
  many: string
  type: string
  types: string
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const createNames = (one: string): DomainNames => {
  const many = one.endsWith('y') ? `${one.slice(0, -1)}ies` : `${one}s`
  return { one, many, type: capitalize(one), types: capitalize(many) }
}

/** New files by path. */
export const newFiles = ({ one, many, type, types }: DomainNames): Record<string, string> => ({
  [`src/services/${one}/${many}.ts`]: `import type { ${type} } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseId } from '../kernel/ids.ts'
import type { Database } from '../kernel/ports.ts'

export interface ${types} {
  /** Returns null if it does not exist, or if its media is in the trash. */
  find(actor: Actor, id: string, query: object): Promise<${type} | null>
}

interface ${types}Options {
  database: Database
}

export const create${types} = ({ database }: ${types}Options): ${types} => ({
  find: (_actor, id, query) =>
    database.${one}.findUnique({ ...query, where: { id: parseId('${type}', id), media: { deletedAt: null } } }),
})
`,
  [`src/schema/${one}.ts`]: `import { builder } from './builder.ts'

export const ${type}Type = builder.prismaNode('${type}', {
  id: { field: 'id', description: 'Global id, written \`${type}:<uuid>\`. It never changes.' },
  select: { id: true },
  nullable: true,
  description: 'A ${one} of a media.',
  fields: (t) => ({
    media: t.relation('media', { description: 'Media that the ${one} belongs to.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time at which the ${one} was created.' }),
  }),
})
`,
  [`src/resolvers/${one}.ts`]: `import { builder } from '../schema/builder.ts'
import { ${type}Type } from '../schema/${one}.ts'

builder.queryField('${one}', (t) =>
  t.prismaField({
    type: ${type}Type,
    nullable: true,
    description: 'One ${one} by id; null if it does not exist or its media is in the trash.',
    args: { id: t.arg.id({ description: 'Global id of the ${one}.' }) },
    resolve: (query, _root, { id }, { actor, services }) => services.${many}.find(actor, id, query),
  }),
)
`,
  [`test/e2e/${one}.test.ts`]: `import { describe, expect } from 'vitest'
import { uuidOf } from '../harness/ids.ts'
import { it } from '../harness/it.ts'
import { seedMediaId, trashMedia } from '../harness/seed.ts'
import type { World } from '../harness/world.ts'

const query = 'query ($id: ID!) { ${one}(id: $id) { media { id } } node(id: $id) { id } }'

const create${type} = async (world: World) => {
  const mediaId = await seedMediaId(world)
  const { id } = await world.runtime.ports.database.${one}.create({ data: { mediaId: uuidOf(mediaId) } })
  return { mediaId, id: \`${type}:\${id}\` }
}

describe('${one}', () => {
  it('is refused to anonymous callers', async ({ world }) => {
    const { id } = await create${type}(world)
    const { errors } = await world.post(null, query, { id })
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  it('is readable by viewers', async ({ world }) => {
    const { id, mediaId } = await create${type}(world)
    const { data } = await world.post(await world.token('viewer'), query, { id })
    expect(data).toEqual({ ${one}: { media: { id: mediaId } }, node: { id } })
  })

  it('is hidden while its media is in the trash', async ({ world }) => {
    const { id, mediaId } = await create${type}(world)
    await trashMedia(world, mediaId)
    const { data } = await world.post(await world.token('viewer'), query, { id })
    expect(data).toEqual({ ${one}: null, node: null })
  })
})
`,
})

interface Registration {
  path: string
  /** Returns the text unchanged if it does not have the expected structure. */
  edit(text: string): string
}

const insertBefore = (anchor: RegExp, insertion: string) => (text: string) =>
  text.replace(anchor, (match) => `${insertion}${match}`)

const insertAfter = (anchor: RegExp, insertion: string) => (text: string) =>
  text.replace(anchor, (match) => `${match}${insertion}`)

const inOrder =
  (...edits: ((text: string) => string)[]) =>
  (text: string) =>
    edits.reduce((current, edit) => edit(current), text)

/** Edits of existing files that make the domain known. */
export const registrations = ({ one, many, type, types }: DomainNames): Registration[] => [
  {
    path: 'prisma/schema.prisma',
    edit: inOrder(
      insertAfter(/^model Media \{[^}]*?\n {2}assignments +Assignment\[\]\n/m, `  ${many} ${type}[]\n`),
      (text) => `${text.trimEnd()}

/// A ${one} of a media.
model ${type} {
  id        String   @id @default(uuid(7)) @db.Uuid
  mediaId   String   @db.Uuid
  createdAt DateTime @default(now()) @db.Timestamptz(3)

  media Media @relation(fields: [mediaId], references: [id], onDelete: Cascade)

  @@index([mediaId])
}
`,
    ),
  },
  { path: 'src/services/kernel/ids.ts', edit: insertAfter(/export const nodeNames = \[\n/, `  '${type}',\n`) },
  {
    path: 'src/services/kernel/notFound.ts',
    edit: insertAfter(/const nouns: Record<NodeName, string> = \{\n/, `  ${type}: '${one}',\n`),
  },
  { path: 'src/services/event/record.ts', edit: insertAfter(/const mediaOfNode = \{\n/, `  ${type}: 'parent',\n`) },
  {
    path: 'src/services/node/nodes.ts',
    edit: insertBefore(
      / {4}MediaVersion: \(/,
      `    ${type}: (_actor, ids) => database.${one}.findMany({ where: { ...idIn(ids), media: notDeleted }, select }),\n`,
    ),
  },
  {
    path: 'src/services/services.ts',
    edit: inOrder(
      insertBefore(/^import /m, `import { create${types}, type ${types} } from './${one}/${many}.ts'\n`),
      insertAfter(/export interface Services \{\n/, `  ${many}: ${types}\n`),
      insertAfter(/ {4}blobs,\n/, `    ${many}: create${types}(ports),\n`),
    ),
  },
  { path: 'src/resolvers/index.ts', edit: insertBefore(/^import /m, `import './${one}.ts'\n`) },
  {
    path: 'test/services/storage/blobReferences.test.ts',
    edit: insertAfter(/const reasonsNotToDelete = \{\n/, `  '${type}.mediaId': 'Deleted by ON DELETE CASCADE.',\n`),
  },
]
