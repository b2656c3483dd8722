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

test('a workspace is removed with its content, even after an error', async () => {
  const work = async () => {
    await using workspace = await createWorkspaces(root).create()
    await writeFile(join(workspace.path, 'half.webm'), 'x')
    expect((await stat(workspace.path)).mode & 0o077).toBe(0)
    throw new Error('failed')
  }
  await expect(work()).rejects.toThrow('failed')
  expect(await readdir(root)).toEqual([])
})

test('a sweep removes the workspaces of processes that have ended', async () => {
  const { pid } = spawnSync('true')
  await mkdir(join(root, `work-${host}-${pid}-123-ended`))
  // The own process id with another start time: a former process with the same id.
  await mkdir(join(root, `work-${host}-${process.pid}-1-reused`))
  expect(await createWorkspaces(root).sweep()).toBe(2)
  expect(await readdir(root)).toEqual([])
})

test('a sweep keeps the workspaces of running processes', async () => {
  const workspaces = createWorkspaces(root)
  await using workspace = await workspaces.create()
  expect(await workspaces.sweep()).toBe(0)
  expect(await readdir(root)).toEqual([workspace.path.slice(root.length + 1)])
})

test('a sweep removes only old workspaces of other machines', async () => {
  await mkdir(join(root, 'work-elsewhere-1-1-young'))
  await mkdir(join(root, 'work-elsewhere-1-1-old'))
  await utimes(join(root, 'work-elsewhere-1-1-old'), 0, 0)
  expect(await createWorkspaces(root).sweep()).toBe(1)
  expect(await readdir(root)).toEqual(['work-elsewhere-1-1-young'])
})

test('a sweep keeps folders that are no workspaces', async () => {
  await mkdir(join(root, 'holiday-pictures'))
  expect(await createWorkspaces(root).sweep()).toBe(0)
  expect(await readdir(root)).toEqual(['holiday-pictures'])
})

test('a sweep of a folder that does not exist removes nothing', async () => {
  expect(await createWorkspaces(join(root, 'not', 'yet')).sweep()).toBe(0)
})
