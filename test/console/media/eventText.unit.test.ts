import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  toFieldChanges,
  toSentenceKey,
  toSentenceValues,
  writeFieldValue,
} from '../../../console/src/parts/media/eventText.ts'
import { actions } from '../../../src/services/event/actions.ts'

const event = (action: string, data: unknown) => ({
  ...{ id: 'Event:1', at: '2026-11-29T10:00:00.000Z', actor: null },
  ...{ action, data },
})

const areas = ['media', 'version', 'rendition', 'assignment', 'assignmentBatch', 'upload']

it.for(['en', 'de'])('has a sentence in %s for every action that a media can have', (language) => {
  const path = new URL(`../../../console/src/messages/${language}/media.json`, import.meta.url)
  const sentences = JSON.parse(readFileSync(path, 'utf8')).history.actions
  const missing = Object.keys(actions).filter((action) => {
    const [area = '', verb = ''] = action.split('.')
    return areas.includes(area) && sentences[area]?.[verb] === undefined
  })
  expect(missing).toEqual([])
})

it('says of a staged version that it is activated later', () => {
  expect(toSentenceKey(event('version.uploaded', { staged: true }))).toBe('version.staged')
  expect(toSentenceKey(event('version.uploaded', { staged: false }))).toBe('version.uploaded')
})

it('names what an update has changed', () => {
  const changes = toFieldChanges(event('media.updated', { folderId: { from: null, to: 'Folder:1' } }))
  expect(changes).toEqual([{ field: 'folder', from: null, to: 'Folder:1' }])
})

it('counts the media of a merge', () => {
  expect(toSentenceValues(event('media.merged', { removedIds: ['one', 'two'] }))).toMatchObject({ count: 2 })
})

it('reads data of another shape as empty', () => {
  expect(toSentenceValues(event('media.uploaded', null))).toMatchObject({ fileName: '', count: 0 })
})

it('writes lists and empty values for people', () => {
  expect([writeFieldValue(['a', 'b']), writeFieldValue([]), writeFieldValue(null), writeFieldValue('x')]).toEqual([
    'a, b',
    null,
    null,
    'x',
  ])
})
