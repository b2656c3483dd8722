import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles } from '../../harness/oddFiles.ts'
import { expectExamination } from '../../oddFiles/expectations.ts'
import { oddFiles } from '../../oddFiles/table.ts'

const test = base.extend('samples', { scope: 'file' }, async ({ files }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-odd-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return createOddFiles(files.binaries.ffmpegPath, folder)
})

const sentFiles = oddFiles.filter(([, { result }]) => result !== 'EMPTY_FILE')

test.for(sentFiles)('%s gets the expected verdict', async ([, file], { files, samples }) => {
  const path = samples.pathOf(`examined-${file.fileName}`)
  await writeFile(path, await file.build(samples.make))
  expect(await examine(files.binaries, path, { fileName: file.fileName })).toMatchObject(expectExamination(file))
})
