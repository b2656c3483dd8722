import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'

const block = Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 0x61)])
const comment = Buffer.concat([Buffer.from([0x21, 0xfe]), ...Array<Buffer>(24_000).fill(block), Buffer.alloc(1)])
const screen = Buffer.from('474946383961010001008000000000' + '00ffffff', 'hex')
const picture = Buffer.from('2c00000000010001000002024401003b', 'hex')

test('a comment of six megabytes does not hide the picture', async ({ files }) => {
  await using workspace = await createWorkspaces(tmpdir()).create()
  const path = join(workspace.path, 'comment.gif')
  await writeFile(path, Buffer.concat([screen, comment, picture]))
  expect(await examine(files.binaries, path, { fileName: 'comment.gif' })).toMatchObject({
    ok: true,
    mediaInfo: { width: 1, height: 1 },
  })
})
