import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'workspaces-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const host = hostname().replace(/[^a-zA-Z0-9]/g, '') || 'host'

test('a workspace goes away with all that is in it, also after a failure', async () => {
  const work = async () => {
    await using workspace = await createWorkspaces(root).create()
    await writeFile(join(workspace.path, 'half.webm'), 'x')
    expect((await stat(workspace.path)).mode & 0o077).toBe(0)
    throw new Error('bad luck')
  }
  await expect(work()).rejects.toThrow('bad luck')
  expect(await readdir(root)).toEqual([])
})

test('a sweep takes what the dead left, and leaves the living and strangers alone', async () => {
  const workspaces = createWorkspaces(root)
  const mine = await workspaces.create()
  const { pid } = spawnSync('true')
  await mkdir(join(root, `work-${host}-${pid}-123-dead`))
  // Our own number, but another start: the process that had it before.
  await mkdir(join(root, `work-${host}-${process.pid}-1-reused`))
  await mkdir(join(root, 'work-elsewhere-1-1-young'))
  await mkdir(join(root, 'work-elsewhere-1-1-old'))
  await utimes(join(root, 'work-elsewhere-1-1-old'), 0, 0)
  await mkdir(join(root, 'holiday-pictures'))
  expect(await workspaces.sweep()).toBe(3)
  const names = await readdir(root)
  expect(names.toSorted()).toEqual(
    ['holiday-pictures', 'work-elsewhere-1-1-young', mine.path.slice(root.length + 1)].toSorted(),
  )
  await mine[Symbol.asyncDispose]()
})

test('where there is no folder yet, there is nothing to sweep', async () => {
  expect(await createWorkspaces(join(root, 'not', 'yet')).sweep()).toBe(0)
})
