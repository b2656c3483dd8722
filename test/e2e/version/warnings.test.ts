import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { itWithWorker as it } from '../../harness/it.ts'
import { followToEnd } from '../../harness/world.ts'
import { readVersions } from './calls.ts'

it('a version whose end is missing says after which of its seconds it ends', async ({
  world,
  files,
  users: { editor, viewer },
}) => {
  const bytes = await readFile(await files.pathOf('cut-off.mp4'))
  const mediaId = await world.upload(editor, bytes, { fileName: 'cut-off.mp4' })
  await followToEnd(editor, mediaId)
  const { versions } = await readVersions(viewer, mediaId)
  expect(versions.nodes).toMatchObject([
    {
      status: 'READY',
      failure: null,
      warnings: [{ code: 'TRUNCATED', message: expect.stringMatching(/^The file ends after [\d.]+ s of 5 s\.$/) }],
    },
  ])
})

it('a version has no warnings if its bytes are whole', async ({ world, files, users: { editor } }) => {
  const bytes = await readFile(await files.pathOf('silent.mp4'))
  const mediaId = await world.upload(editor, bytes, { fileName: 'silent.mp4' })
  await followToEnd(editor, mediaId)
  const { versions } = await readVersions(editor, mediaId)
  expect(versions.nodes).toMatchObject([{ status: 'READY', warnings: [] }])
})
