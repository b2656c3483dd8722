import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import { profilesOf } from '../../../src/services/rendition/profiles.ts'
import { itWithWorker } from '../../harness/it.ts'
import { createOddFiles } from '../../harness/oddFiles.ts'
import { followToEnd, readMedia } from '../../harness/world.ts'
import { expectMedia } from '../../oddFiles/expectations.ts'
import type { OddFile } from '../../oddFiles/row.ts'
import { formatOf, selectRows } from '../../oddFiles/selectRows.ts'
import { oddFiles } from '../../oddFiles/table.ts'
import { createUpload, readVersions } from '../version/calls.ts'

/** The file without bytes is refused before it is sent. All are examined in test/worker/ffmpeg. */
const sentFiles = selectRows(
  oddFiles.filter(([, { result }]) => result !== 'EMPTY_FILE'),
  formatOf,
)

/** Renditions of long recordings are made in cutConversions.test.ts. */
const selectRenditions = ({ result }: OddFile): RenditionProfile[] | undefined =>
  typeof result === 'number' && result > 9 ? ['THUMBNAIL'] : undefined

const it = itWithWorker.extend('mediaIds', { scope: 'file' }, async ({ world, files, users: { editor } }, hooks) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-odd-'))
  hooks.onCleanup(() => rm(folder, { recursive: true, force: true }))
  const { make } = createOddFiles(files.binaries.ffmpegPath, folder)
  const mediaIds = new Map<string, string>()
  for (const [description, file] of sentFiles) {
    const input = { fileName: file.fileName, renditions: selectRenditions(file), allowDuplicate: true }
    mediaIds.set(description, await world.upload(editor, await file.build(make), input))
  }
  return mediaIds
})

it.for(sentFiles)('%s ends as a person would expect', async ([description, file], { mediaIds, users: { editor } }) => {
  const mediaId = mediaIds.get(description) ?? ''
  await followToEnd(editor, mediaId)
  const media = await readMedia(editor, mediaId)
  const { versions } = await readVersions(editor, mediaId)
  expect({ ...media, warnings: versions.nodes[0]?.warnings }).toMatchObject(expectMedia(file))
  const profiles = selectRenditions(file) ?? file.renditions ?? profilesOf(media)
  const renditions = media.renditions.map(({ profile, status, attempts }) => `${profile} ${status} ${attempts}`)
  const expected = media.status === 'READY' ? profiles.map((profile) => `${profile} READY 1`) : []
  expect(renditions.toSorted()).toEqual(expected.toSorted())
})

it.for([
  ['without bytes', { fileName: 'lecture.mp4', sizeBytes: 0 }],
  ['whose name is empty after cleaning', { fileName: ' \u200f\u202e\n ', sizeBytes: 5 }],
] as const)('a file %s is refused before it is sent', async ([, input], { users: { editor } }) => {
  expect(await createUpload(editor, input)).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' })
})
