import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import type { Pass } from '../../../worker/ffmpeg/pass/pass.ts'
import { parseTime } from '../../../worker/ffmpeg/pass/progress.ts'
import { run } from '../../../worker/ffmpeg/pass/run.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'
import type { MediaFixtures } from '../../harness/fixtures.ts'

const workspaces = createWorkspaces(tmpdir())

const resolvePath = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Finds the processes whose command line contains a text. */
const findProcessIds = async (text: string) => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.filter((id, index) => id !== String(process.pid) && lines[index]?.includes(text))
}
const waitUntil = async (condition: () => Promise<boolean>, description: string) => {
  for (const end = Date.now() + 8000; Date.now() < end; await sleep(50)) if (await condition()) return
  throw new Error(`Timed out while waiting for ${description}.`)
}

const createEndlessPass = async (files: MediaFixtures, output: string): Promise<Pass> => ({
  inputOptions: ['-v', 'error', '-stream_loop', '-1'],
  input: `file:${await files.pathOf('silent.mp4')}`,
  outputOptions: ['-c:v', 'libvpx-vp9', '-f', 'webm'],
  output: `file:${output}`,
  expectedSeconds: 1000,
  timeoutMs: 60_000,
})

test('an abort rejects with its reason after ffmpeg has ended', async ({ files }) => {
  await using workspace = await workspaces.create()
  const output = join(workspace.path, 'aborted.webm')
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const execution = run(files.binaries, await createEndlessPass(files, output), {
    signal: abort.signal,
    onProgress: () => abort.abort(reason),
  })
  await expect(execution).rejects.toBe(reason)
  expect(await findProcessIds(output)).toEqual([])
})

test('an abort before the start starts no process', async ({ files }) => {
  const pass = await createEndlessPass(files, '/nowhere/x.webm')
  await expect(run(files.binaries, pass, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
})

const createFakeTool = async (files: MediaFixtures, folder: string, script: string) => {
  const ffmpegPath = join(folder, 'ffmpeg')
  await writeFile(ffmpegPath, `#!/bin/sh\n${script}\n`)
  await chmod(ffmpegPath, 0o755)
  return { ...files.binaries, ffmpegPath }
}

test('a tool that makes no progress is killed with a retryable failure', async ({ files }) => {
  await using workspace = await workspaces.create()
  const stalledTool = await createFakeTool(files, workspace.path, 'while :; do echo frame=1 >&2; sleep 0.05; done')
  const execution = run(stalledTool, await createEndlessPass(files, '/nowhere/x.webm'), { stallTimeoutMs: 400 })
  await expect(execution).rejects.toMatchObject({ failure: { code: 'STALLED', retryable: true } })
})

test('a slow tool that makes progress is not killed', async ({ files }) => {
  await using workspace = await workspaces.create()
  const slowTool = await createFakeTool(
    files,
    workspace.path,
    'for i in 1 2 3 4 5 6; do echo frame=$i >&2; sleep 0.2; done',
  )
  await expect(
    run(slowTool, await createEndlessPass(files, '/nowhere/x.webm'), { stallTimeoutMs: 700 }),
  ).resolves.toBeDefined()
})

test('a conversion that exceeds its time limit fails without a retry', async ({ files }) => {
  await using workspace = await workspaces.create()
  const pass = { ...(await createEndlessPass(files, join(workspace.path, 'late.webm'))), timeoutMs: 500 }
  await expect(run(files.binaries, pass)).rejects.toMatchObject({ failure: { code: 'TIMED_OUT', retryable: false } })
})

test('a missing tool fails the run with a retryable failure', async ({ files }) => {
  const missingBinaries = { ...files.binaries, ffmpegPath: '/nowhere/ffmpeg' }
  const execution = run(missingBinaries, await createEndlessPass(files, '/nowhere/x.webm'))
  await expect(execution).rejects.toMatchObject({ failure: { code: 'TOOL_MISSING', retryable: true } })
})

test('a full disk is a retryable failure', async ({ files }) => {
  const pass = { ...(await createEndlessPass(files, '/dev/full')), outputOptions: ['-f', 'rawvideo'] }
  await expect(run(files.binaries, pass)).rejects.toMatchObject({ failure: { code: 'NO_SPACE', retryable: true } })
})

test('a tool that another process kills is a retryable failure', async ({ files }) => {
  await using workspace = await workspaces.create()
  const output = join(workspace.path, 'killed.webm')
  const killFfmpeg = async () =>
    (await findProcessIds(output)).forEach((id) => void process.kill(Number(id), 'SIGKILL'))
  const execution = run(files.binaries, await createEndlessPass(files, output), { onProgress: () => void killFfmpeg() })
  await expect(execution).rejects.toMatchObject({ failure: { code: 'KILLED', retryable: true } })
})

/** Output of a shell command that runs in place of the tool. */
const runInSandbox = async (files: MediaFixtures, command: string): Promise<string> => {
  await using workspace = await workspaces.create()
  const outputPath = join(workspace.path, 'output')
  const tool = await createFakeTool(files, workspace.path, `${command} > ${outputPath}`)
  await run(tool, await createEndlessPass(files, '/nowhere/x.webm'))
  return readFile(outputPath, 'utf8')
}

test('the environment of the tool contains no secrets of the worker', async ({ files }) => {
  vi.stubEnv('WORKER_SECRET', 'secret-of-the-worker')
  expect(await runInSandbox(files, 'env')).not.toContain('secret-of-the-worker')
})

test('the tool runs at low priority', async ({ files }) => {
  expect(await runInSandbox(files, 'nice')).toMatch(/^1\d$/m)
})

test('the memory of the tool is limited', async ({ files }) => {
  expect(await runInSandbox(files, 'ulimit -v')).toMatch(/^\d+$/m)
})

test('a worker killed with SIGKILL leaves no ffmpeg and no workspace after the next sweep', async ({ files }) => {
  await using root = await workspaces.create()
  const worker = spawn(
    process.execPath,
    [resolvePath('../../harness/convertUntilKilled.ts'), await files.pathOf('long.mp4'), root.path],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await once(worker.stdout, 'data')
  expect(await findProcessIds(`file:${root.path}`)).not.toEqual([])
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await waitUntil(async () => (await findProcessIds(`file:${root.path}`)).length === 0, 'the end of ffmpeg')
  expect(await readdir(root.path)).toHaveLength(1)
  expect(await createWorkspaces(root.path).sweep()).toBe(1)
  expect(await readdir(root.path)).toEqual([])
})

const firstLine = async (child: ChildProcess) => String((await once(child.stdout ?? child, 'data'))[0]).trim()
const isRunning = async (pid: string) =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (line) => !/\) [ZX] /.test(line),
    () => false,
  )

test.each([
  ['by the kernel, with setpriv', ['setpriv']],
  ['by a watcher, without setpriv', []],
])('a program in the sandbox is killed %s when its owner ends', async (_, extraTools) => {
  await using workspace = await workspaces.create()
  const bin = join(workspace.path, 'bin')
  await mkdir(bin)
  for (const tool of ['nice', 'sleep', 'true', ...extraTools]) await symlink(`/usr/bin/${tool}`, join(bin, tool))
  const script = `/bin/sh ${resolvePath('../../../worker/ffmpeg/sandbox.sh')} $$ v 1000000 sleep 600 & echo $!; wait`
  const owner = spawn('/bin/sh', ['-c', script], { env: { PATH: bin }, stdio: ['ignore', 'pipe', 'inherit'] })
  const childPid = await firstLine(owner)
  const isSleeping = async () => (await readFile(`/proc/${childPid}/cmdline`, 'utf8')).startsWith('sleep')
  await waitUntil(isSleeping, 'the program in the sandbox')
  owner.kill('SIGKILL')
  await waitUntil(async () => !(await isRunning(childPid)), 'the end of the program')
})

test('times are parsed as ffmpeg prints them', () => {
  expect(parseTime('01:02:03.500000')).toBe(3723.5)
  expect(parseTime('N/A')).toBeNull()
  expect(parseTime('-00:00:00.02')).toBeNull()
})
