import { describe, expect } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { readActions } from '../../harness/actions.ts'
import { createAssignment } from '../../harness/assignments.ts'
import { uuidOf } from '../../harness/ids.ts'
import { createLease } from '../../harness/lease.ts'
import { link, newResource } from '../../harness/links.ts'
import { it as base } from '../../harness/mediaIt.ts'
import { seedUserId } from '../../harness/seed.ts'
import { executeAsOwner } from '../../harness/undoClock.ts'

interface Answer {
  __typename: string
  updatedAt?: string
  message?: string
  fields?: { path: string }[]
}

const mutation = `mutation ($input: MediaUpdateInput!) {
  mediaUpdate(input: $input) {
    __typename ... on Media { updatedAt } ... on Error { message } ... on InvalidInputError { fields { path } }
  }
}`

const it = base
  .extend('tokens', { scope: 'file' }, async ({ world }) => ({
    editor: await world.token('editor', 'Ada'),
    admin: await world.token('admin', 'Root'),
  }))
  .extend(
    'update',
    { scope: 'file' },
    ({ world, tokens }) =>
      async (input: object, as: 'editor' | 'admin' = 'editor') => {
        const { data, errors } = await world.post(tokens[as], mutation, { input })
        expect(errors).toBeUndefined()
        return data?.['mediaUpdate'] as Answer // as: selected
      },
  )
  .extend(
    'rowOf',
    { scope: 'file' },
    ({ world }) =>
      (id: string) =>
        world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } }),
  )
  .extend(
    'timeOf',
    { scope: 'file' },
    ({ rowOf }) =>
      async (id: string) =>
        (await rowOf(id)).updatedAt.toISOString(),
  )

describe('mediaUpdate with ifUnchangedSince', () => {
  it('changes a media that is as it was read', async ({ createMedia, update, timeOf }) => {
    const id = await createMedia()
    const first = await update({ id, title: 'first', ifUnchangedSince: await timeOf(id) })
    expect(first.__typename).toBe('Media')
    expect(first.updatedAt).toBe(await timeOf(id))
    const second = await update({ id, title: 'second', ifUnchangedSince: first.updatedAt })
    expect(second.__typename).toBe('Media')
  })

  it('writes nothing once the media has changed', async ({ world, createMedia, update, rowOf, timeOf }) => {
    const id = await createMedia()
    const ifUnchangedSince = await timeOf(id)
    await update({ id, title: 'by the admin' }, 'admin')
    const [row, actions] = [await rowOf(id), await readActions(world, id)]
    const refused = await update({ id, title: 'by Ada', tags: ['new'], ifUnchangedSince })
    expect(refused).toMatchObject({ __typename: 'StateConflictError' })
    expect(refused.message).toContain(row.updatedAt.toISOString())
    expect([await rowOf(id), await readActions(world, id)]).toEqual([row, actions])
  })

  it('refuses a stale time even if the values are those of the media', async ({ createMedia, update, timeOf }) => {
    const id = await createMedia()
    const ifUnchangedSince = await timeOf(id)
    await update({ id, title: 'same' })
    expect(await update({ id, title: 'same', ifUnchangedSince })).toMatchObject({ __typename: 'StateConflictError' })
  })

  it('lets exactly one of two editors with the same time pass', async ({ createMedia, update, rowOf, timeOf }) => {
    const id = await createMedia()
    for (let round = 0; round < 25; round++) {
      const ifUnchangedSince = await timeOf(id)
      const titles = [`Ada ${round}`, `Root ${round}`] as const
      const answers = await Promise.all([
        update({ id, title: titles[0], ifUnchangedSince }, 'editor'),
        update({ id, title: titles[1], ifUnchangedSince }, 'admin'),
      ])
      expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Media', 'StateConflictError'])
      const winner = answers.findIndex(({ __typename }) => __typename === 'Media')
      expect((await rowOf(id)).title).toBe(titles[winner])
    }
  })

  it('sets no condition if it is null', async ({ createMedia, update }) => {
    const id = await createMedia()
    expect((await update({ id, title: 'new', ifUnchangedSince: null })).__typename).toBe('Media')
  })

  it('accepts a later time', async ({ createMedia, update }) => {
    const id = await createMedia()
    const ifUnchangedSince = new Date(Date.now() + 60_000).toISOString()
    expect((await update({ id, title: 'new', ifUnchangedSince })).__typename).toBe('Media')
  })

  it('refuses a time out of range', async ({ createMedia, update }) => {
    const answer = await update({ id: await createMedia(), ifUnchangedSince: '0000-01-01T00:00:00Z' })
    expect(answer.fields).toEqual([{ path: 'ifUnchangedSince' }])
  })

  it('refuses callers who may not change the media as such', async ({ world, createMedia, timeOf }) => {
    const id = await createMedia()
    const input = { id, title: 'new', ifUnchangedSince: new Date(0).toISOString() }
    const { data } = await world.post(await world.token('editor', 'Bob'), mutation, { input })
    expect(data?.['mediaUpdate']).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await timeOf(id)).not.toBe(input.ifUnchangedSince)
  })
})

describe('Media.updatedAt', () => {
  it('grows with every update, even within one millisecond', async ({ createMedia, update, timeOf }) => {
    const id = await createMedia()
    const times = [await timeOf(id)]
    for (let round = 0; round < 30; round++) times.push((await update({ id, title: `${round}` })).updatedAt ?? '')
    expect(times).toEqual([...new Set(times)].toSorted())
  })

  it.for([
    ['mediaUpdate', 'mediaUpdate(input: { id: $id, title: "new" })'],
    ['mediaBulkTag', 'mediaBulkTag(input: { target: { ids: [$id] }, add: ["new"] })'],
    ['mediaBulkMove', 'mediaBulkMove(input: { target: { ids: [$id] }, folderId: $folder })'],
  ] as const)(
    'grows by %s while the clock is behind it',
    async ([name, call], { world, tokens, createMedia, timeOf }) => {
      const id = await createMedia()
      const folder = await world.runtime.ports.database.folder.create({ data: { name: `Folder of ${id}` } })
      await executeAsOwner(
        world,
        `UPDATE "Media" SET "updatedAt" = date_trunc('milliseconds', now()) + interval '1 hour' WHERE id = '${uuidOf(id)}'`,
      )
      const before = await timeOf(id)
      const declared = `$id: ID!${name === 'mediaBulkMove' ? ', $folder: ID!' : ''}`
      const query = `mutation (${declared}) { result: ${call} { ... on Node { id } ... on Error { message } } }`
      const { data } = await world.post(tokens.editor, query, { id, folder: globalId('Folder', folder.id) })
      const { id: resultId = '' } = (data?.['result'] ?? {}) as { id?: string } // as: selected
      if (resultId.startsWith('Operation'))
        await world.runtime.services.bulkRunner.run(uuidOf(resultId), AbortSignal.timeout(60_000), createLease())
      expect(Date.parse(await timeOf(id))).toBe(Date.parse(before) + 1)
    },
  )

  it('stays the same while the media is linked, assigned, deleted and restored', async ({
    world,
    users: { admin },
    tokens,
    createMedia,
    timeOf,
  }) => {
    const id = await createMedia()
    const before = await timeOf(id)
    await link(admin, id, newResource())
    await createAssignment(admin, id, await seedUserId(world))
    await world.post(tokens.admin, `mutation { mediaDelete(input: { id: "${id}", force: true }) { __typename } }`)
    await world.post(tokens.admin, `mutation { mediaRestore(id: "${id}") { __typename } }`)
    expect(await timeOf(id)).toBe(before)
  })
})
