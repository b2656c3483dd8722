import type pg from 'pg'
import { describe, expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import {
  MediaDeleteDocument,
  MediaRestoreDocument,
  ResourceDeleteDocument,
  ResourceMediaSetDocument,
} from '../../client/generated/documents.ts'
import { uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { link, newResource, toRef } from '../harness/links.ts'
import { countLockWaits, waitForLockWaits } from '../harness/lockWaits.ts'
import { seedMediaId } from '../harness/seed.ts'
import { openSession } from '../harness/session.ts'
import type { World } from '../harness/world.ts'

/** `sharer` is a session that shares the resource tree, as a running link does, until it is ended or `release` is called. */
const it = base.extend('sharer', async ({ world }, { onCleanup }) => {
  const session = await openSession(world.env['DATABASE_URL'])
  onCleanup(() => session.end())
  await session.query('SELECT pg_advisory_lock_shared(7301, 2)')
  return session
})
const release = (session: pg.Client) => session.query('SELECT pg_advisory_unlock_all()')

const createNested = () => ({ ...newResource('lesson'), parent: newResource('course') })

/** Expects that a call waits for the session that shares the tree, and succeeds afterwards. */
const expectWait = async (world: World, sharer: pg.Client, call: Promise<{ __typename: string }>, typename: string) => {
  await waitForLockWaits(world, 1)
  await release(sharer)
  expect((await call).__typename).toBe(typename)
}

const linkNew = async (world: World, client: Client, resource = createNested()) => {
  const result = await link(client, await seedMediaId(world), resource)
  expect(result.__typename).toBe('MediaUsage')
  return resource
}

describe('beside others that share the resource tree runs', () => {
  it('a link that creates its resources', async ({ world, users: { editor }, sharer: _sharer }) => {
    await linkNew(world, editor)
  })

  it('a link that changes a title', async ({ world, users: { editor }, sharer: _sharer }) => {
    const lesson = await linkNew(world, editor)
    expect(await link(editor, await seedMediaId(world), { ...lesson, title: 'Roots' })).toMatchObject({
      resource: { title: 'Roots' },
    })
  })

  it('a change of all media of a resource', async ({ world, users: { editor }, sharer: _sharer }) => {
    const input = { resource: await linkNew(world, editor), mediaIds: [await seedMediaId(world)] }
    const { resourceMediaSet } = await editor.send(ResourceMediaSetDocument, { input })
    expect(resourceMediaSet).toMatchObject({ mediaCount: 1 })
  })

  it('a restore of a media', async ({ world, users: { admin }, sharer: _sharer }) => {
    const id = await seedMediaId(world)
    await link(admin, id, createNested())
    await admin.send(MediaDeleteDocument, { input: { id, force: true } })
    const { mediaRestore } = await admin.send(MediaRestoreDocument, { id })
    expect(mediaRestore).toMatchObject({ media: { usageCount: 1 }, lost: [] })
  })
})

describe('until no other session shares the resource tree waits', () => {
  it('a link that moves a resource', async ({ world, users: { editor }, sharer }) => {
    const lesson = await linkNew(world, editor)
    const call = link(editor, await seedMediaId(world), { ...lesson, parent: newResource('course') })
    await expectWait(world, sharer, call, 'MediaUsage')
  })

  it('a link that turns a resource into a root', async ({ world, users: { editor }, sharer }) => {
    const lesson = await linkNew(world, editor)
    const call = link(editor, await seedMediaId(world), { ...lesson, parent: null })
    await expectWait(world, sharer, call, 'MediaUsage')
  })

  it('a deletion of a resource', async ({ world, users: { editor }, sharer }) => {
    const ref = toRef(await linkNew(world, editor))
    const call = editor.send(ResourceDeleteDocument, { ref }).then(({ resourceDelete }) => resourceDelete)
    await expectWait(world, sharer, call, 'Deleted')
  })

  it('a link to a deleted resource', async ({ world, users: { editor }, sharer }) => {
    const lesson = await linkNew(world, editor)
    await release(sharer)
    await editor.send(ResourceDeleteDocument, { ref: toRef(lesson) })
    await sharer.query('SELECT pg_advisory_lock_shared(7301, 2)')
    await expectWait(world, sharer, link(editor, await seedMediaId(world), lesson), 'MediaUsage')
  })
})

it('links run side by side while the media of one of them is locked', async ({ world, users: { editor }, sharer }) => {
  const lockedId = await seedMediaId(world)
  await sharer.query('BEGIN')
  await sharer.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [uuidOf(lockedId)])
  const course = newResource('course')
  await linkNew(world, editor, { ...newResource('lesson'), parent: course })
  const waiting = link(editor, lockedId, { ...newResource('lesson'), parent: course })
  await waitForLockWaits(world, 1)
  for (let n = 0; n < 10; n++) await linkNew(world, editor, { ...newResource('lesson'), parent: course })
  await sharer.query('COMMIT')
  expect((await waiting).__typename).toBe('MediaUsage')
  expect(await countLockWaits(world)).toBe(0)
})
