import { describe, expect, it, vi } from 'vitest'
import { superviseProcesses } from '../../../src/adapters/processGroup/supervisor.ts'
import { createFakeProcesses, createLog } from './fakeProcesses.ts'

const openGroup = (count: number, timing = { minDelayMs: 1, maxDelayMs: 4 }) => {
  const processes = createFakeProcesses()
  const { log, lines } = createLog()
  const onGiveUp = vi.fn()
  const group = superviseProcesses({ count, start: processes.start, log, onGiveUp, ...timing })
  return { ...processes, group, lines, onGiveUp }
}

const openReadyGroup = async (count: number, timing?: { minDelayMs: number; maxDelayMs: number }) => {
  const opened = openGroup(count, timing)
  for (const process of opened.started) process.serve()
  await opened.group.ready
  return opened
}

describe('a group of processes', () => {
  it('is ready once all of them serve', async () => {
    const { group, started } = openGroup(2)
    const onReady = vi.fn()
    group.ready.then(onReady)
    started[0]?.serve()
    await Promise.resolve()
    expect(onReady).not.toHaveBeenCalled()
    started[1]?.serve()
    await expect(group.ready).resolves.toBeUndefined()
  })

  it('is refused if one exits before it has ever served', async () => {
    const { group, started } = openGroup(2)
    started[0]?.serve()
    started[1]?.exit('code 1')
    await expect(group.ready).rejects.toThrow('An API process exited with code 1 before it could serve')
  })

  it('replaces a process that exits', async () => {
    const { started, waitForStarts, lines } = await openReadyGroup(2)
    started[0]?.exit('signal SIGKILL')
    await waitForStarts(3)
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        pid: 1,
        reason: 'signal SIGKILL',
        message: 'Lost an API process; starting another one.',
      }),
    )
  })

  it('waits longer before each further restart', async () => {
    const { started, waitForStarts, lines } = await openReadyGroup(1)
    for (let count = 1; count <= 4; count++) {
      started[count - 1]?.exit('code 1')
      const next = await waitForStarts(count + 1)
      next.serve()
      await next.serving
    }
    expect(lines.map(({ delayMs }) => delayMs)).toEqual([1, 2, 4, 4])
  })

  it('gives up if no process serves while five in a row exit at their start', async () => {
    const { started, waitForStarts, onGiveUp, lines } = await openReadyGroup(1)
    started[0]?.exit('code 1')
    for (let count = 2; count <= 6; count++) (await waitForStarts(count)).exit('code 1')
    await vi.waitFor(() => expect(onGiveUp).toHaveBeenCalledOnce())
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      failedStarts: 5,
      message: 'Failed to start API processes again and again; stopping the server.',
    })
  })

  it('keeps trying while another process serves', async () => {
    const { started, waitForStarts, onGiveUp } = await openReadyGroup(2)
    started[0]?.exit('code 1')
    for (let count = 3; count <= 9; count++) (await waitForStarts(count)).exit('code 1')
    await waitForStarts(10)
    expect(onGiveUp).not.toHaveBeenCalled()
  })

  it('stops all processes when it closes', async () => {
    const { group, started } = await openReadyGroup(3)
    await group.close()
    expect(started.map(({ isStopped }) => isStopped)).toEqual([true, true, true])
  })

  it('starts no process once it closes', async () => {
    const { group, started, lines } = await openReadyGroup(1, { minDelayMs: 60_000, maxDelayMs: 60_000 })
    started[0]?.exit('code 1')
    await vi.waitUntil(() => lines.length === 1, { interval: 1 })
    void group.close()
    await new Promise(setImmediate)
    expect(started).toHaveLength(1)
  })
})
