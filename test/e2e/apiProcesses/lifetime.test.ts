import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { findProcesses, startProcess } from '../../harness/processes.ts'
import { isRunning, startGroup } from './group.ts'
import { it as base } from './groupIt.ts'

const document = '{ mediaList(first: 1) { edges { cursor } } }'

/** `it` with API processes that got SIGTERM while they answered a subscription that does not end by itself. */
const it = base.extend('ended', { scope: 'file' }, async ({ env }) => {
  const group = await startGroup(env)
  const pids = group.listPids()
  const [userId = ''] = /User:[0-9a-f-]+/.exec(await group.sendAndRead('{ viewer { id } }')) ?? []
  const stream = await group.send(
    `subscription { userAssignments(userId: "${userId}") { __typename } }`,
    'text/event-stream',
  )
  const closed = new Promise((resolve) => stream.once('close', resolve))
  let text = ''
  stream.setEncoding('utf8').on('error', () => undefined) // a broken stream is not complete
  stream.on('data', (chunk) => {
    text += chunk
  })
  await vi.waitUntil(() => text.includes('event: next'), { timeout: 10_000 })
  const code = await group.main.end('SIGTERM')
  await closed
  return { group, pids, code, stream: { text, isComplete: stream.complete } }
})

describe('several API processes', () => {
  it('go on answering while a killed one is replaced', async ({ startGroup }) => {
    const group = await startGroup()
    const [killedPid = 0, otherPid = 0] = group.listPids()
    const outcomes: string[] = []
    process.kill(killedPid, 'SIGKILL')
    await vi.waitUntil(() => !isRunning(killedPid), { interval: 1 })
    while (group.listPids().length < 3) outcomes.push(await group.sendAndRead(document).catch(String))
    // A connection that was handed to the killed process may break; all others are answered.
    expect(outcomes.filter((text) => !text.startsWith('{"data"')).length).toBeLessThanOrEqual(1)
    expect(outcomes.length).toBeGreaterThan(5)
    const newPid = group.listPids()[2]
    const hasAnswered = (): boolean => group.readLog('Answered a request.').some(({ pid }) => pid === newPid)
    // The process that hands out connections learns a little later that the new one listens.
    await vi.waitUntil(async () => (await group.sendAndRead(document)) && hasAnswered(), { timeout: 10_000 })
    expect(isRunning(otherPid)).toBe(true)
    expect(group.readLog('Lost an API process; starting another one.')).toHaveLength(1)
  })

  it('end with exit code 0 after SIGTERM', ({ ended }) => {
    expect({ code: ended.code, runningPids: ended.pids.filter(isRunning) }).toEqual({ code: 0, runningPids: [] })
  })

  it('are not replaced when they end after SIGTERM', ({ ended }) => {
    expect(ended.group.readLog('Lost an API process; starting another one.')).toEqual([])
  })

  it('answer a running request before they end', ({ ended }) => {
    const text = ':\n\nevent: next\ndata: {"data":{"userAssignments":{"__typename":"User"}}}\n\n'
    expect(ended.stream).toEqual({ text, isComplete: true })
  })

  it('end when the process that started them is killed', async ({ startGroup }) => {
    const group = await startGroup()
    const pids = group.listPids()
    await group.main.end('SIGKILL')
    await vi.waitUntil(() => !pids.some(isRunning), { timeout: 5000 })
  })

  it('are not started if the port is in use', async ({ env, dataDir }) => {
    const occupant = createServer().listen(0, '127.0.0.1')
    await once(occupant, 'listening')
    const address = occupant.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const start = startProcess('src/server.ts', { ...env, API_PROCESSES: '2', PORT: port }, 'Started all')
    await expect(start).rejects.toThrow(/exited with 1:[\s\S]*EADDRINUSE[\s\S]*before it could serve/)
    expect(await findProcesses(dataDir)).toEqual([])
    occupant.close()
  })

  it('share an embedded database', async ({ env, startGroup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-embedded-'))
    const group = await startGroup({ ...env, DATABASE_URL: '', DATABASE_OWNER_URL: '', DATA_DIR: folder })
    const answers = await Promise.all(Array.from({ length: 4 }, () => group.sendAndRead(document)))
    expect(answers.every((text) => text.startsWith('{"data"'))).toBe(true)
    expect(await group.main.end('SIGTERM')).toBe(0)
    expect(await findProcesses(folder)).toEqual([])
    await rm(folder, { recursive: true, force: true })
  })
})
