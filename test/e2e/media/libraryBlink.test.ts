import { expect } from 'vitest'
import { MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { it, tag, waitForOperation } from '../operation/calls.ts'
import { openLiveList, waitUntilEqual } from './liveList.ts'

const filter = { tagsAny: ['blink'] }

it('a list read while a media matched for a moment loses the media again', async ({
  users: { editor },
  createOwnMedia,
}) => {
  const ids = await createOwnMedia(15)
  const list = await openLiveList(editor, filter)
  for (const id of ids) {
    await editor.send(MediaUpdateDocument, { input: { id, tags: ['blink'] } })
    await list.listAgain()
    expect(list.content().map((media) => media.id)).toContain(id)
    await editor.send(MediaUpdateDocument, { input: { id, tags: [] } })
  }
  await waitUntilEqual(editor, filter, list)
  expect(list.content()).toEqual([])
})

it('one bulk operation on media outside a list reports nothing to the list', async ({
  users: { editor },
  createOwnMedia,
}) => {
  const ids = await createOwnMedia(300)
  const [last = ''] = await createOwnMedia(1)
  const list = await openLiveList(editor, { tagsAny: ['inside'] })
  // Once this is reported, the creation of all was checked: it is no second change.
  await editor.send(MediaUpdateDocument, { input: { id: last, tags: ['inside'] } })
  await list.until(() => list.changes().length > 0)
  await waitForOperation(editor, await tag(editor, { ids }, ['outside']))
  await editor.send(MediaUpdateDocument, { input: { id: last, title: 'Inside' } })
  await list.until(() => list.changes().length > 1)
  expect(list.changes().map(({ mediaId }) => mediaId)).toEqual([last, last])
})
