import { type GraphQLObjectType, isObjectType } from 'graphql'
import { FolderCreateDocument } from '../../client/generated/documents.ts'
import { schema } from '../../src/resolvers/index.ts'
import { createBatch } from '../e2e/assignment/batches.ts'
import { tag } from '../e2e/operation/calls.ts'
import { upsertUser } from '../e2e/user/calls.ts'
import { createAssignment } from './assignments.ts'
import { uuidOf } from './ids.ts'
import { it as base } from './it.ts'
import { link, newResource } from './links.ts'
import { seedMediaIds } from './seed.ts'
import { createTicket } from './tickets.ts'

/** Types of stored objects. */
export const prismaTypes = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && type.extensions['pothosPrismaModel'] !== undefined,
)

/** `it` with `nodeIds`: the id of one stored object of each type. */
export const it = base.extend('nodeIds', { scope: 'file' }, async ({ world, users: { editor, admin } }) => {
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
  // Their undo windows have ended, so that a field that depends on the time has one value.
  await database.assignment.updateMany({ data: { undoableUntil: new Date(0) } })
  const ids = new Map<string, string>()
  for (const { name } of prismaTypes) {
    const delegate = `${name[0]?.toLowerCase()}${name.slice(1)}` as 'media' // as: the name of any model
    ids.set(name, `${name}:${(await database[delegate].findFirstOrThrow({ orderBy: { id: 'asc' } })).id}`)
  }
  return ids
})
