import fc from 'fast-check'
import { expect } from 'vitest'
import { MediaBulkTagDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/it.ts'
import {
  filterFieldNames,
  filterModel,
  findExpectedIds,
  type LibraryModel,
  readLibraryModel,
} from '../../harness/libraryModel.ts'
import { seedListKeys } from '../../harness/listKeys.ts'
import { openSession } from '../../harness/session.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

const it = base.extend('library', { scope: 'file', auto: true }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, 300).finally(() => owner.end())
  await seedListKeys(world.runtime.ports.database)
  return readLibraryModel(world.runtime.ports.database)
})

/** Values that exclude some media: bulk mutations refuse a filter that excludes none. */
const valuesOf = (library: LibraryModel, field: keyof typeof filterModel): fc.Arbitrary<unknown> => {
  const { values, keepsAll } = filterModel[field]
  const refused = keepsAll.map((value) => JSON.stringify(value))
  return (values(library) as fc.Arbitrary<unknown>).filter(
    (value) => value !== ' ' && !refused.includes(JSON.stringify(value)),
  ) // as: each field has values of its own
}

// Bulk mutations set `trashed` themselves.
it.for(filterFieldNames.filter((name) => name !== 'trashed'))(
  'a bulk mutation filtered by %s selects the media that the model finds',
  async (field, { world, library, users: { editor } }) => {
    for (const value of fc.sample(valuesOf(library, field), 4)) {
      const filter: Filter = { [field]: value }
      const { mediaBulkTag } = await editor.send(MediaBulkTagDocument, { input: { target: { filter }, add: ['x'] } })
      if (mediaBulkTag.__typename !== 'Operation') throw new Error(`Refused: ${JSON.stringify([filter, mediaBulkTag])}`)
      const items = await world.runtime.ports.database.operationItem.findMany({
        where: { operationId: uuidOf(mediaBulkTag.id) },
        select: { mediaId: true },
      })
      const expected = findExpectedIds(library, filter, { by: 'UPLOADED_AT', direction: 'ASC' })
      expect(items.map(({ mediaId }) => mediaId).toSorted()).toEqual(expected.toSorted())
    }
  },
)
