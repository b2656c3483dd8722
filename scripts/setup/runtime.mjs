import { spawn, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const minNodeMajor = 24

export const printLine = (line) => process.stderr.write(`${line}\n`)

export const lastLines = (output, count = 8) => output.trim().split('\n').slice(-count).join('\n')

/** Returns the path of Node: the project's own, otherwise the one that runs this script if it is new enough. */
export const findNode = () => {
  const nodePath = [join(root, 'node_modules', '.bin', 'node'), process.execPath].find(isNewEnough)
  if (nodePath) return nodePath
  throw new Error(
    `Mediagraph needs Node ${minNodeMajor} or newer, but this is ${process.version}, and npm has no newer one for ` +
      `${process.platform}-${process.arch}. Install Node from https://nodejs.org and try again.`,
  )
}

const isNewEnough = (path) => {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) >= minNodeMajor
}

/** Creates an environment in which programs started by name are this Node and the programs of the packages. */
export const createEnvironment = (node) => {
  const folders = [join(root, 'node_modules', '.bin'), dirname(node), process.env.PATH]
  return { ...process.env, PATH: folders.join(process.platform === 'win32' ? ';' : ':') }
}

/** Runs a script, forwards signals to it and exits with its exit code. */
export const runWith = (node, command) => {
  const child = spawn(node, command, { stdio: 'inherit', env: createEnvironment(node) })
  // A terminal sends Ctrl+C to both processes; a supervisor signals only this one.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    printLine(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)))
}
