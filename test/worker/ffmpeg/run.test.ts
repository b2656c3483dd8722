import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pass, parseTime, run } from '../../../worker/ffmpeg/run.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { type MediaFixtures, openFixtures } from '../../harness/fixtures.ts'

let fixtures: MediaFixtures
const workspaces = createWorkspaces(tmpdir())
beforeAll(async () => {
  fixtures = await openFixtures()
})
afterAll(() => fixtures[Symbol.asyncDispose]())

const resolvePath = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Processes whose command line holds the text. */
const findProcessIds = async (text: string) => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.filter((id, index) => id !== String(process.pid) && lines[index]?.includes(text))
}
const waitUntil = async (condition: () => Promise<boolean>, description: string) => {
  for (const end = Date.now() + 8000; Date.now() < end; await sleep(50)) if (await condition()) return
  throw new Error(`In vain waited for: ${description}`)
}

const createEndlessPass = async (output: string): Promise<Pass> => ({
  inputOptions: ['-v', 'error', '-stream_loop', '-1'],
  input: `file:${await fixtures.pathOf('silent.mp4')}`,
  outputOptions: ['-c:v', 'libvpx-vp9', '-f', 'webm'],
  output: `file:${output}`,
  expectedSeconds: 1000,
  timeoutMs: 60_000,
})

test('an abort rejects with its reason, and ffmpeg is gone by then', async () => {
  await using workspace = await workspaces.create()
  const output = join(workspace.path, 'aborted.webm')
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const execution = run(fixtures.binaries, await createEndlessPass(output), {
    signal: abort.signal,
    onProgress: () => abort.abort(reason),
  })
  await expect(execution).rejects.toBe(reason)
  expect(await findProcessIds(output)).toEqual([])
})

test('an abort before the start starts nothing', async () => {
  const pass = await createEndlessPass('/nowhere/x.webm')
  await expect(run(fixtures.binaries, pass, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
})

const fakeTool = async (folder: string, script: string) => {
  const ffmpegPath = join(folder, 'ffmpeg')
  await writeFile(ffmpegPath, `#!/bin/sh\n${script}\n`)
  await chmod(ffmpegPath, 0o755)
  return { ...fixtures.binaries, ffmpegPath }
}

test('a tool that shows no progress is killed, and tried again later', async () => {
  await using workspace = await workspaces.create()
  const stalledTool = await fakeTool(workspace.path, 'while :; do echo frame=1 >&2; sleep 0.05; done')
  const execution = run(stalledTool, await createEndlessPass('/nowhere/x.webm'), { stallTimeoutMs: 400 })
  await expect(execution).rejects.toMatchObject({ failure: { code: 'STALLED', retryable: true } })
})

test('work that goes on is not taken for a stall', async () => {
  await using workspace = await workspaces.create()
  const slow = await fakeTool(workspace.path, 'for i in 1 2 3 4 5 6; do echo frame=$i >&2; sleep 0.2; done')
  await expect(run(slow, await createEndlessPass('/nowhere/x.webm'), { stallTimeoutMs: 700 })).resolves.toBeDefined()
})

test('a conversion that takes too long is given up for good', async () => {
  await using workspace = await workspaces.create()
  const pass = { ...(await createEndlessPass(join(workspace.path, 'late.webm'))), deadlineMs: 500 }
  await expect(run(fixtures.binaries, pass)).rejects.toMatchObject({ failure: { code: 'TIMED_OUT', retryable: false } })
})

test('a tool that has vanished fails the run, not the process', async () => {
  const missingBinaries = { ...fixtures.binaries, ffmpegPath: '/nowhere/ffmpeg' }
  const execution = run(missingBinaries, await createEndlessPass('/nowhere/x.webm'))
  await expect(execution).rejects.toMatchObject({ failure: { code: 'TOOL_MISSING', retryable: true } })
})

test('a full disk is told from a bad file', async () => {
  const pass = { ...(await createEndlessPass('/dev/full')), outputOptions: ['-f', 'rawvideo'] }
  await expect(run(fixtures.binaries, pass)).rejects.toMatchObject({ failure: { code: 'NO_SPACE', retryable: true } })
})

test('a tool killed by somebody else is tried again', async () => {
  await using workspace = await workspaces.create()
  const output = join(workspace.path, 'shot.webm')
  const killFfmpeg = async () =>
    (await findProcessIds(output)).forEach((id) => void process.kill(Number(id), 'SIGKILL'))
  const execution = run(fixtures.binaries, await createEndlessPass(output), { onProgress: () => void killFfmpeg() })
  await expect(execution).rejects.toMatchObject({ failure: { code: 'KILLED', retryable: true } })
})

test('the tool sees no secrets of the worker, and runs at low priority', async () => {
  await using workspace = await workspaces.create()
  const outputPath = join(workspace.path, 'shown')
  const envDumpTool = await fakeTool(workspace.path, `{ env; nice; ulimit -v; } > ${outputPath}`)
  process.env.WORKER_SECRET = 'hush'
  await run(envDumpTool, await createEndlessPass('/nowhere/x.webm'))
  const text = await readFile(outputPath, 'utf8')
  expect(text).not.toContain('hush')
  expect(text).toMatch(/^1\d$/m)
  expect(text).not.toContain('unlimited')
})

test('kill -9 of the worker leaves no ffmpeg, and the next sweep no file', async () => {
  await using root = await workspaces.create()
  const worker = spawn(
    process.execPath,
    [resolvePath('../../harness/convertUntilKilled.ts'), await fixtures.pathOf('long.mp4'), root.path],
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
  ['with the kernel’s help', ['setpriv']],
  ['by a watcher', []],
])('the leash holds %s', async (_, more) => {
  await using workspace = await workspaces.create()
  const bin = join(workspace.path, 'bin')
  await mkdir(bin)
  for (const tool of ['nice', 'sleep', 'true', ...more]) await symlink(`/usr/bin/${tool}`, join(bin, tool))
  const script = `/bin/sh ${resolvePath('../../../worker/ffmpeg/sandbox.sh')} $$ 1000000 sleep 600 & echo $!; wait`
  const owner = spawn('/bin/sh', ['-c', script], { env: { PATH: bin }, stdio: ['ignore', 'pipe', 'inherit'] })
  const childPid = await firstLine(owner)
  const isSleeping = async () => (await readFile(`/proc/${childPid}/cmdline`, 'utf8')).startsWith('sleep')
  await waitUntil(isSleeping, 'the held program')
  owner.kill('SIGKILL')
  await waitUntil(async () => !(await isRunning(childPid)), 'its end')
})

test('times are read as ffmpeg prints them', () => {
  expect(parseTime('01:02:03.500000')).toBe(3723.5)
  expect(parseTime('N/A')).toBeNull()
  expect(parseTime('-00:00:00.02')).toBeNull()
})
