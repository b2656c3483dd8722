import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { findFfmpegBinaries } from '../../../worker/ffmpeg/binaries.ts'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { selectProfiles } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles } from '../../harness/oddFiles.ts'
import { findSecondFfmpeg } from '../../harness/secondFfmpeg.ts'
import { cutPictures } from '../../oddFiles/cutPictures.ts'
import { cutRecordings } from '../../oddFiles/cutRecordings.ts'
import { expectExamination } from '../../oddFiles/expectations.ts'
import { unknownLengths } from '../../oddFiles/lengths.ts'
import { refused } from '../../oddFiles/refused.ts'
import { formatAndResultOf, formatOf, selectRows } from '../../oddFiles/selectRows.ts'
import { streams } from '../../oddFiles/streams.ts'

const secondFfmpeg = await findSecondFfmpeg()

const test = base
  .extend('second', { scope: 'file' }, () => findFfmpegBinaries(secondFfmpeg ?? {}))
  .extend('samples', { scope: 'file' }, async ({ files }, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-second-'))
    onCleanup(() => rm(folder, { recursive: true, force: true }))
    return createOddFiles(files.binaries.ffmpegPath, folder)
  })

describe.skipIf(secondFfmpeg === null)('with a second build of ffmpeg', () => {
  const tables = [cutPictures, cutRecordings, unknownLengths, streams, refused]
  const readByFfmpeg = tables.flatMap((table) => selectRows(Object.entries(table), formatAndResultOf))
  test.for(readByFfmpeg)('%s gets the expected verdict', async ([, file], { second, samples }) => {
    const path = samples.pathOf(`examined-${file.fileName}`)
    await writeFile(path, await file.build(samples.make))
    expect(await examine(second, path, { fileName: file.fileName })).toMatchObject(expectExamination(file))
  })

  const short = selectRows(Object.entries(streams), formatOf).filter(([, { result }]) => result !== 20)
  test.for(short)('%s has every rendition', async ([, file], { second, samples }) => {
    const inputPath = samples.pathOf(`converted-${file.fileName}`)
    await writeFile(inputPath, await file.build(samples.make))
    const { mediaInfo } = await examine(second, inputPath, { fileName: file.fileName })
    await using workspace = await createWorkspaces(tmpdir()).create()
    for (const profile of selectProfiles(mediaInfo)) {
      const request = { profile, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
      expect(await convert(second, request)).toMatchObject({ sizeBytes: expect.any(Number) })
    }
  })
})
