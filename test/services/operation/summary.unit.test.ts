import { describe, expect, it } from 'vitest'
import type { BulkKind } from '../../../src/services/operation/bulkActions.ts'
import { summarizeOperation } from '../../../src/services/operation/summary.ts'

const summarize = (kind: BulkKind, input: object, total = 12) =>
  summarizeOperation({ kind, input: input as never, total }) // as: JSON of the database

const tagNames = (count: number) => Array.from({ length: count }, (_, index) => `t${index + 1}`)
const folderId = 'Folder:019a5b3c-0000-7000-8000-000000000000'
const resource = { source: 'default', type: 'course', externalId: '4' }

describe('the summary of an operation', () => {
  it.for<[string, BulkKind, object]>([
    ['Add tag "spring term" to 12 media', 'media.tag', { add: ['spring term'] }],
    ['Add tags "t1" and "t2" to 12 media', 'media.tag', { add: tagNames(2), remove: null }],
    ['Add tags "t1", "t2" and "t3" to 12 media', 'media.tag', { add: tagNames(3), remove: [] }],
    ['Add tags "t1", "t2", "t3" and 1 more to 12 media', 'media.tag', { add: tagNames(4) }],
    ['Remove tag "old" from 12 media', 'media.tag', { remove: ['old'] }],
    ['Add tag "new" and remove tags "t1" and "t2" on 12 media', 'media.tag', { add: ['new'], remove: tagNames(2) }],
    ['Move 12 media to folder "Week 1"', 'media.move', { folderId, folderName: 'Week 1' }],
    ['Move 12 media to the root', 'media.move', { folderId: null }],
    ['Move 12 media to a folder', 'media.move', { folderId }],
    ['Link 12 media to course "Biology"', 'media.link', { resource, resourceTitle: 'Biology' }],
    ['Link 12 media to course "Chemistry"', 'media.link', { resource: { ...resource, title: 'Chemistry' } }],
    ['Link 12 media to course "4"', 'media.link', { resource, resourceTitle: null }],
    ['Delete 12 media', 'media.delete', {}],
    ['Restore 12 media from the trash', 'media.restore', {}],
    ['Purge 12 media from the trash', 'media.purge', {}],
  ])('is %s', ([summary, kind, input]) => {
    expect(summarize(kind, input)).toBe(summary)
  })

  it('groups the digits of a large number', () => {
    expect(summarize('media.delete', {}, 98_021)).toBe('Delete 98,021 media')
  })

  it('shortens a long name', () => {
    const folderName = 'a'.repeat(255)
    expect(summarize('media.move', { folderId, folderName })).toBe(`Move 12 media to folder "${'a'.repeat(79)}…"`)
  })

  it('keeps a character whole where it shortens a name', () => {
    const folderName = `${'a'.repeat(78)}👩‍🏫${'b'.repeat(100)}`
    expect(summarize('media.move', { folderId, folderName })).toBe(`Move 12 media to folder "${'a'.repeat(78)}…"`)
  })

  it.for<[string, object]>([
    ['media.later', {}],
    ['media.tag', { shape: 'of a later version' }],
  ])('names the number of media if the input of a %s is unknown', ([kind, input]) => {
    expect(summarize(kind as BulkKind, input, 1)).toBe('Change 1 media') // as: a kind of a later version
  })
})
