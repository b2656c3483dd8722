import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { it } from '../../harness/mediaIt.ts'
import type { World } from '../../harness/world.ts'
import { openLiveList } from './liveList.ts'

/** Statements that read the log or the running conversions, which each process does by the clock. */
const isPeriodic = (sql: string): boolean => /"EventChain"|"Rendition"/.test(sql)

/** Counts the statements of a change of a media and of its events. */
const countStatements = async (world: World, client: Client, id: string, subscribers: number): Promise<number> => {
  const tag = `followed by ${subscribers}`
  const lists = await Promise.all(Array.from({ length: subscribers }, () => openLiveList(client, { tagsAny: [tag] })))
  const statements = await world.captureStatements(async () => {
    await client.send(MediaUpdateDocument, { input: { id, tags: [tag] } })
    await Promise.all(lists.map((list) => list.until(() => list.changes().length > 0)))
  })
  for (const list of lists) expect(list.changes()).toMatchObject([{ kind: 'ADDED', media: { id, tags: [tag] } }])
  return statements.filter((sql) => !isPeriodic(sql)).length
}

it('an event of libraryChanges takes as many statements for 50 subscribers as for one', async ({
  world,
  users: { editor },
  createMedia,
}) => {
  const id = await createMedia()
  await countStatements(world, editor, id, 2) // the first mutation recognises the user
  const single = await countStatements(world, editor, id, 1)
  expect(await countStatements(world, editor, id, 50)).toBe(single)
})

it('subscribers with equal filters share one read of its media', async ({ world, users: { editor, viewer } }) => {
  const statements = await world.captureStatements(() =>
    Promise.all([
      openLiveList(editor, { kinds: ['VIDEO'], used: false }),
      openLiveList(viewer, { used: false, kinds: ['VIDEO'], search: null }),
    ]),
  )
  expect(statements.filter((sql) => sql.includes('string_agg(uuid_send'))).toHaveLength(1)
})

it('one statement checks the filters of different subscribers', async ({
  world,
  users: { editor, otherEditor },
  createMedia,
}) => {
  const id = await createMedia()
  const tags = Array.from({ length: 20 }, (_, number) => `filter ${number}`)
  const lists = await Promise.all(tags.map((tag) => openLiveList(otherEditor, { tagsAny: [tag] })))
  const statements = await world.captureStatements(async () => {
    await editor.send(MediaUpdateDocument, { input: { id, tags } })
    await Promise.all(lists.map((list) => list.until(() => list.changes().length > 0)))
  })
  expect(statements.filter((sql) => sql.includes('AS "matches"'))).toHaveLength(1)
})
