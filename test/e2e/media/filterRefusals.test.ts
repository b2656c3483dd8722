import { describe, expect } from 'vitest'
import { ResponseError } from '../../../client/client.ts'
import { MediaListDocument, type MediaListQueryVariables, ViewerDocument } from '../../../client/generated/documents.ts'
import { unknownId } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { codeOf, pathsOf } from '../../harness/refusals.ts'
import { tag } from '../operation/calls.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

/** Paths of the invalid fields in a refused query. */
const invalidPathsOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => {
      if (!(error instanceof ResponseError)) throw error
      const fields = error.errors[0]?.extensions?.['fields'] as { path: string }[] | undefined // as: specified for INVALID_INPUT
      return fields?.map(({ path }) => path) ?? error.errors[0]?.extensions?.code
    },
  )

const folderId = unknownId('Folder')

const invalidFilters: [reason: string, filter: Filter, path: string][] = [
  ['1,001 ids', { ids: Array.from({ length: 1001 }, () => unknownId('Media')) }, 'ids'],
  ['an id of another type', { ids: [unknownId('Media'), unknownId('User')] }, 'ids.1'],
  ['a media as the folder of a subtree', { inFolder: unknownId('Media') }, 'inFolder'],
  ['a media as the assigned user', { assignedToId: unknownId('Media') }, 'assignedToId'],
  ['a folder as the deleting user', { deletedById: folderId }, 'deletedById'],
  ['the root as well as a folder', { atRoot: true, folderId }, 'atRoot'],
  ['the root as well as a subtree', { atRoot: true, inFolder: folderId }, 'atRoot'],
  ['reversed durations', { minDurationSeconds: 2, maxDurationSeconds: 1.5 }, 'minDurationSeconds'],
  ['a negative duration', { maxDurationSeconds: -1 }, 'maxDurationSeconds'],
]

describe('a list', () => {
  it.for(invalidFilters)('refuses %s and names the field', async ([, filter, path], { users: { editor } }) => {
    const call = editor.send(MediaListDocument, { filter, first: 1 })
    expect(await invalidPathsOf(call)).toEqual([`filter.${path}`])
  })

  it.for<[string, Filter]>([
    ['1,000 ids', { ids: Array.from({ length: 1000 }, () => unknownId('Media')) }],
    ['equal durations', { minDurationSeconds: 2, maxDurationSeconds: 2 }],
    ['a folder inside of a subtree', { folderId, inFolder: folderId }],
    ['a folder that need not be the root', { folderId, atRoot: false }],
  ])('accepts %s', async ([, filter], { users: { viewer } }) => {
    expect(await codeOf(viewer.send(MediaListDocument, { filter, first: 1 }))).toBe('no error')
  })

  it('shows viewers what is assigned to themselves', async ({ users: { viewer } }) => {
    const { viewer: user } = await viewer.send(ViewerDocument, {})
    const filter = { assignedToId: user.id }
    expect(await codeOf(viewer.send(MediaListDocument, { filter, first: 1 }))).toBe('no error')
  })

  it('does not show viewers what is assigned to others', async ({ users: { viewer, editor } }) => {
    const { viewer: user } = await editor.send(ViewerDocument, {})
    for (const assignedToId of [user.id, unknownId('User')])
      expect(await codeOf(viewer.send(MediaListDocument, { filter: { assignedToId }, first: 1 }))).toBe('FORBIDDEN')
  })

  it('shows editors what is assigned to others', async ({ users: { viewer, editor } }) => {
    const { viewer: user } = await viewer.send(ViewerDocument, {})
    const filter = { assignedToId: user.id }
    expect(await codeOf(editor.send(MediaListDocument, { filter, first: 1 }))).toBe('no error')
  })
})

describe('a bulk mutation', () => {
  it.for(invalidFilters)('refuses %s and names the field', async ([, filter, path], { users: { editor } }) => {
    expect(pathsOf(await tag(editor, { filter }))).toEqual([`target.filter.${path}`])
  })
})
