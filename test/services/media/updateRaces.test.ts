import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it as base } from '../../harness/actorIt.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

/** `mediaId` is that of a media that `holder`, another session, locks until it commits. */
const it = base
  .extend('mediaId', async ({ world }) => (await seedMedia(world, 1))[0] ?? '')
  .extend('holder', async ({ world, mediaId }, { onCleanup }) => {
    const session = await openSession(world.env['DATABASE_URL'])
    onCleanup(() => session.end())
    await session.query('BEGIN')
    await session.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [mediaId])
    return session
  })

it('an update is refused if its folder is deleted meanwhile', async ({ world, actor, mediaId, holder }) => {
  const { services, ports } = world.runtime
  const folder = await services.folders.create(actor, { name: 'Short-lived' })
  await world.captureStatements(async () => {
    const call = services.mediaUpdater.update(actor, {
      id: globalId('Media', mediaId),
      folderId: globalId('Folder', folder.id),
    })
    await expect.poll(() => world.statements.some((sql) => sql.includes('FOR UPDATE'))).toBe(true)
    await ports.database.folder.delete({ where: { id: folder.id } })
    await holder.query('COMMIT')
    expect(await outcomeOf(call)).toBe('NOT_FOUND')
  })
})

it('an update is not made without the lease of its call', async ({ world, actor, mediaId }) => {
  const latecomer = { ...actor, idempotencyKey: randomUUID(), requestId: randomUUID() }
  const call = world.runtime.services.mediaUpdater.update(latecomer, { id: globalId('Media', mediaId), title: 'Late' })
  expect(await outcomeOf(call)).toBe('STATE_CONFLICT')
  const { title } = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: mediaId } })
  expect(title).not.toBe('Late')
})

it('an update returns the row as it is stored', async ({ world, actor, mediaId }) => {
  const input = { id: globalId('Media', mediaId), title: 'Roots', tags: ['Algebra'], altText: null }
  const updated = await world.runtime.services.mediaUpdater.update(actor, input)
  expect(updated).toEqual(await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: mediaId } }))
})
