import { type GraphQLField, type GraphQLObjectType, getNamedType, isLeafType, isObjectType } from 'graphql'
import { describe, expect } from 'vitest'
import { FolderCreateDocument } from '../../client/generated/documents.ts'
import { schema } from '../../src/resolvers/index.ts'
import { createAssignment } from '../harness/assignments.ts'
import { uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { link, newResource } from '../harness/links.ts'
import { seedMediaIds } from '../harness/seed.ts'
import { createTicket } from '../harness/tickets.ts'
import { createBatch } from './assignment/batches.ts'
import { tag } from './operation/calls.ts'
import { upsertUser } from './user/calls.ts'

const prismaTypes = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && type.extensions['pothosPrismaModel'] !== undefined,
)

/** Selection of a field, with all leaves of what it returns. */
const selectionOf = ({ name, type }: GraphQLField<unknown, unknown>): string => {
  const named = getNamedType(type)
  if (!isObjectType(named)) return name
  const { edges, ...fields } = named.getFields()
  const leaves = Object.values(fields).filter((field) => isLeafType(getNamedType(field.type)))
  return `${name} { __typename ${leaves.map((leaf) => leaf.name).join(' ')} ${edges ? 'edges { cursor }' : ''} }`
}

const it = base.extend('nodeIds', { scope: 'file' }, async ({ world, users: { editor, admin } }) => {
  const { database } = world.runtime.ports
  const [first = '', second = ''] = await seedMediaIds(world, 2, { kind: 'VIDEO', status: 'READY' })
  await database.rendition.create({
    data: {
      versionId: (await database.media.findUniqueOrThrow({ where: { id: uuidOf(first) } })).currentVersionId,
      profile: 'THUMBNAIL',
      status: 'READY',
      mimeType: 'image/webp',
      sizeBytes: 10,
    },
  })
  const folder = (await admin.send(FolderCreateDocument, { input: { name: 'Physics' } })).folderCreate
  await database.media.updateMany({ data: { folderId: 'id' in folder ? folder.id.slice('Folder:'.length) : null } })
  await link(admin, first, { ...newResource(), title: 'Waves', parent: newResource('chapter') })
  const user = await upsertUser(admin, 'anna', 'Anna')
  await createAssignment(admin, first, user.id)
  await createBatch(admin, second, [user.id])
  await createTicket(editor, { fileName: 'next.mp4' })
  await tag(admin, { ids: [first] })
  const ids = new Map<string, string>()
  for (const { name } of prismaTypes) {
    const delegate = `${name[0]?.toLowerCase()}${name.slice(1)}` as 'media' // as: the name of any model
    ids.set(name, `${name}:${(await database[delegate].findFirstOrThrow({ orderBy: { id: 'asc' } })).id}`)
  }
  return ids
})

describe('a type of a stored object', () => {
  it.for(prismaTypes)(
    'resolves each field of $name with the columns that it declares',
    async (type, { world, nodeIds }) => {
      const token = await world.token('admin', 'Root')
      const read = async (selection: string) => {
        const query = `query ($id: ID!) { node(id: $id) { ... on ${type.name} { ${selection} } } }`
        return world.post(token, query, { id: nodeIds.get(type.name) })
      }
      const fields = Object.values(type.getFields())
      const whole = (await read(fields.map(selectionOf).join(' '))) as { data: { node: Record<string, unknown> } }
      expect(whole, JSON.stringify(whole)).not.toHaveProperty('errors')
      for (const field of fields)
        expect(await read(selectionOf(field)), field.name).toEqual({
          data: { node: { [field.name]: whole.data.node[field.name] } },
        })
    },
  )
})
