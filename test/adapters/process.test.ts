import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const source = pathToFileURL(`${import.meta.dirname}/../../src/adapters/process.ts`).href

/** A process that opens for a while, told to stop as soon as it says that it opens. */
const stopWhileOpening = async (opening: string) => {
  const code = `
    import { setTimeout as wait } from 'node:timers/promises'
    import { runProcess } from ${JSON.stringify(source)}
    await runProcess(async () => {
      console.log('opens')
      ${opening}
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
      if (line === 'opens') child.kill('SIGTERM')
    })
  const [exitCode] = await once(child, 'close')
  return { exitCode, said: output }
}

it('told to stop while it opens, a process closes what it has opened', async () => {
  expect(await stopWhileOpening('await wait(500)')).toEqual({ exitCode: 0, said: ['opens', 'closed'] })
})

it('and says why where it could not be opened', async () => {
  const { exitCode, said: output } = await stopWhileOpening(`await wait(500); throw new Error('no database')`)
  expect(exitCode).toBe(1)
  expect(output.join('\n')).toContain('no database')
})
