import { describe, expect } from 'vitest'
import {
  MediaBulkPurgeDocument,
  MediaBulkRestoreDocument,
  MediaDeleteDocument,
} from '../../../client/generated/documents.ts'
import { pathsOf } from '../../harness/refusals.ts'
import { it as base, waitForOperation } from './calls.ts'

const it = base.extend('trashed', async ({ users: { editor }, createOwnMedia }) => {
  const ids = await createOwnMedia(3)
  for (const id of ids) await editor.send(MediaDeleteDocument, { input: { id } })
  return ids
})

const wholeTrash = { filter: { trashed: true } }

describe('the filter { trashed: true } alone', () => {
  it('restores everything in the trash', async ({ world, users: { admin }, trashed }) => {
    const { database } = world.runtime.ports
    const { mediaBulkRestore } = await admin.send(MediaBulkRestoreDocument, { input: wholeTrash })
    const operation = await waitForOperation(admin, mediaBulkRestore)
    expect(operation).toMatchObject({ status: 'COMPLETED', succeeded: trashed.length })
    expect(await database.media.count({ where: { deletedAt: { not: null } } })).toBe(0)
  })

  it('empties the trash', async ({ world, users: { admin }, trashed }) => {
    const { database } = world.runtime.ports
    const liveCount = await database.media.count({ where: { deletedAt: null } })
    const { mediaBulkPurge } = await admin.send(MediaBulkPurgeDocument, { input: wholeTrash })
    const operation = await waitForOperation(admin, mediaBulkPurge)
    expect(operation).toMatchObject({ status: 'COMPLETED', succeeded: trashed.length })
    expect(await database.media.count()).toBe(liveCount)
  })

  it('refuses editors who purge', async ({ users: { editor } }) => {
    const { mediaBulkPurge } = await editor.send(MediaBulkPurgeDocument, { input: wholeTrash })
    expect(mediaBulkPurge.__typename).toBe('ForbiddenError')
  })
})

it.for([{}, { trashed: false }, { trashed: true, kinds: [] }, { minSizeBytes: 0 }])(
  'a purge with the filter %j is refused as empty',
  async (filter, { users: { admin } }) => {
    const { mediaBulkPurge } = await admin.send(MediaBulkPurgeDocument, { input: { filter } })
    expect(pathsOf(mediaBulkPurge)).toEqual(['filter'])
  },
)
