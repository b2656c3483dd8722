import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = pathToFileURL(`${import.meta.dirname}/../../src/adapters/process.ts`).href

/** Runs a process that executes `startup` while it starts, and sends SIGTERM as soon as the startup begins. */
const stopDuringStartup = async (startup: string) => {
  const code = `
    import { setTimeout as wait } from 'node:timers/promises'
    import { runProcess } from ${JSON.stringify(source)}
    await runProcess(async () => {
      console.log('starting')
      ${startup}
      return { close: async () => console.log('closed') }
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line)
      if (line === 'starting') child.kill('SIGTERM')
    })
  const [exitCode] = await once(child, 'close')
  return { exitCode, output }
}

describe('a process that is stopped during its startup', () => {
  it('closes what it has opened', async () => {
    expect(await stopDuringStartup('await wait(500)')).toEqual({ exitCode: 0, output: ['starting', 'closed'] })
  })

  it('reports a failure of the startup', async () => {
    const { exitCode, output } = await stopDuringStartup(`await wait(500); throw new Error('no database')`)
    expect(exitCode).toBe(1)
    expect(output.join('\n')).toContain('no database')
  })
})
