import { expect, it } from 'vitest'
import {
  conflictingFields,
  type Draft,
  differingFields,
  mergeDrafts,
  toUpdateInput,
} from '../../../console/src/parts/media/draft.ts'

const base: Draft = {
  title: 'The pendulum',
  description: '',
  altText: '',
  tags: ['physics'],
  fileName: 'pendulum.mp4',
  folder: { id: 'Folder:1', path: '/Physics' },
  externalId: 'p-1',
}
const since = '2026-11-29T10:00:00.000Z'

it('sends only the fields that were changed', () => {
  const input = toUpdateInput('Media:1', since, base, { ...base, title: 'A pendulum', tags: ['physics', 'lab'] })
  expect(input).toEqual({ id: 'Media:1', ifUnchangedSince: since, title: 'A pendulum', tags: ['physics', 'lab'] })
})

it('clears a folder and an external id by null', () => {
  const input = toUpdateInput('Media:1', since, base, { ...base, folder: null, externalId: '' })
  expect(input).toEqual({ id: 'Media:1', ifUnchangedSince: since, folderId: null, externalId: null })
})

it('compares folders by their ids', () => {
  expect(differingFields(base, { ...base, folder: { id: 'Folder:1', path: '/Renamed' } })).toEqual([])
})

it('asks about fields that both have changed', () => {
  const mine = { ...base, title: 'Mine', altText: 'Mine' }
  expect(conflictingFields(base, mine, { ...base, title: 'Theirs' })).toEqual(['title'])
})

it('asks about fields that only the other person has changed', () => {
  expect(conflictingFields(base, { ...base, title: 'Mine' }, { ...base, description: 'Theirs' })).toEqual([
    'description',
  ])
})

it('does not ask about fields to which both gave the same value', () => {
  expect(conflictingFields(base, { ...base, title: 'Same' }, { ...base, title: 'Same' })).toEqual([])
})

it('merges the chosen values with those that only one person has changed', () => {
  const mine = { ...base, title: 'Mine', altText: 'Mine', description: 'Mine' }
  const theirs = { ...base, title: 'Theirs', description: 'Theirs', tags: [] }
  const merged = mergeDrafts({ base, mine, theirs }, (field) => field === 'title')
  expect(merged).toEqual({ ...base, title: 'Mine', altText: 'Mine', description: 'Theirs', tags: [] })
})
