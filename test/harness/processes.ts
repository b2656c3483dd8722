import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..', '..')

export interface TestProcess {
  child: ChildProcess
  /** Lines that the process has logged so far. */
  lines: string[]
  /** Sends the signal and waits for the exit. Returns the exit code, or null if the signal terminated the process. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts an entry point of the project as a child process and waits until it logs the text `ready`. */
export const startProcess = async (entry: string, env: Record<string, string>, ready: string): Promise<TestProcess> => {
  const child = spawn(process.execPath, [join(root, entry)], {
    env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const exitPromise = once(child, 'exit').then(([code]) => {
    children.delete(child)
    return code as number | null // as: what `exit` is emitted with
  })
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        if (line.includes(ready)) resolve()
      })
    exitPromise.then((code) => reject(new Error(`${entry} exited with ${code}:\n${lines.join('\n')}`)))
  })
  return {
    child,
    lines,
    async end(signal) {
      child.kill(signal)
      return exitPromise
    },
  }
}

/** Lists the command lines of all processes that contain a text. Linux only. */
export const findProcesses = async (text: string): Promise<string[]> => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.includes(text))
}
