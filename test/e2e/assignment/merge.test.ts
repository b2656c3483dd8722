import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaMergeDocument } from '../../../client/generated/documents.ts'
import { createAssignment, readUser, undo } from '../../harness/assignments.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it as base } from './assignmentIt.ts'
import { mediaOf, restore, rowOf } from './calls.ts'

/** Two media with the same content. */
const it = base.extend('twins', async ({ world, createMedia }) => {
  const { media } = world.runtime.ports.database
  const [original, duplicate] = [await createMedia(), await createMedia()]
  const { sha256 } = await media.findUniqueOrThrow({ where: { id: uuidOf(original) } })
  await media.update({ where: { id: uuidOf(duplicate) }, data: { sha256, title: 'Twin' } })
  return { original, duplicate }
})

const merge = async (client: Client, keepId: string, removeIds: string[]) =>
  (await client.send(MediaMergeDocument, { input: { keepId, removeIds } })).mediaMerge

describe('mediaMerge', () => {
  it('moves current assignments to the kept media', async ({
    users: { editor, admin },
    createMedia,
    createUser,
    twins,
  }) => {
    const { original, duplicate } = twins
    const [initial, userId] = [await createMedia(), await createUser()]
    const previous = await createAssignment(editor, initial, userId)
    const assignment = await createAssignment(editor, duplicate, userId)
    expect((await merge(admin, original, [duplicate])).__typename).toBe('Media')
    expect((await readUser(editor, userId)).currentAssignment).toMatchObject({
      id: assignment.id,
      mediaId: original,
      mediaTitle: 'Twin',
      media: { id: original },
    })
    expect(await mediaOf(editor, original)).toMatchObject({ assignmentCount: 1, unusedSince: null })
    expect((await restore(admin, duplicate)).media).toMatchObject({ assignmentCount: 0 })
    // It is still the same assignment, which can be undone.
    expect(await undo(editor, assignment.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: previous.id, status: 'CURRENT' },
    })
  })

  it('moves a replaced assignment that an undo can still restore', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUser,
    twins,
  }) => {
    const { original, duplicate } = twins
    const [next, userId] = [await createMedia(), await createUser()]
    const previous = await createAssignment(editor, duplicate, userId)
    const assignment = await createAssignment(editor, next, userId)
    const { change } = await rowOf(world, previous.id)
    expect((await merge(admin, original, [duplicate])).__typename).toBe('Media')
    expect(await mediaOf(editor, original)).toMatchObject({ assignmentCount: 0 })
    // The change counter stays, so that subscribers of the user see no change.
    expect((await rowOf(world, previous.id)).change).toBe(change)
    expect(await undo(editor, assignment.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: previous.id, status: 'CURRENT' },
    })
    expect((await readUser(editor, userId)).currentAssignment).toMatchObject({ id: previous.id, mediaId: original })
    expect(await mediaOf(editor, original)).toMatchObject({ assignmentCount: 1, unusedSince: null })
  })

  it('moves a replaced assignment that two undos can still restore', async ({
    users: { editor, admin },
    createMedia,
    createUser,
    twins,
  }) => {
    const { original, duplicate } = twins
    const [second, third, userId] = [await createMedia(), await createMedia(), await createUser()]
    const steps = [
      await createAssignment(editor, duplicate, userId),
      await createAssignment(editor, second, userId),
      await createAssignment(editor, third, userId),
    ]
    expect((await merge(admin, original, [duplicate])).__typename).toBe('Media')
    for (const [index, expectedMedia] of [
      [2, second],
      [1, original],
    ] as const) {
      expect(await undo(editor, steps[index]?.id ?? '')).toMatchObject({ status: 'UNDONE' })
      expect((await readUser(editor, userId)).currentAssignment).toMatchObject({
        id: steps[index - 1]?.id,
        mediaId: expectedMedia,
      })
    }
  })

  it('moves no replaced assignment to a media that is not READY', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUser,
    twins,
  }) => {
    const { original, duplicate } = twins
    const [next, userId] = [await createMedia(), await createUser()]
    await createAssignment(editor, duplicate, userId)
    const assignment = await createAssignment(editor, next, userId)
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(original) }, data: { status: 'FAILED' } })
    expect((await merge(admin, original, [duplicate])).__typename).toBe('Media')
    expect(await undo(editor, assignment.id)).toMatchObject({ __typename: 'StateConflictError' })
    expect((await readUser(editor, userId)).currentAssignment).toMatchObject({ id: assignment.id, mediaId: next })
  })

  it('refuses to move current assignments to a media that is not READY', async ({
    world,
    users: { editor, admin },
    createUser,
    twins,
  }) => {
    const { original, duplicate } = twins
    await createAssignment(editor, duplicate, await createUser())
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(original) }, data: { status: 'PROCESSING' } })
    expect(await merge(admin, original, [duplicate])).toMatchObject({ __typename: 'StateConflictError' })
    expect(await mediaOf(editor, duplicate)).toMatchObject({ assignmentCount: 1 })
  })
})
