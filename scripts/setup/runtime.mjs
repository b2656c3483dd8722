import { spawn, spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const wantedMajor = 24

export const say = (line) => process.stderr.write(`${line}\n`)

export const hint = (output, count = 8) => output.trim().split('\n').slice(-count).join('\n')

/** The project's own Node, else the one that runs this, if it is new enough. */
export const findNode = () => {
  const found = [join(root, 'node_modules', '.bin', 'node'), process.execPath].find(isNewEnough)
  if (found) return found
  throw new Error(
    `Mediagraph needs Node ${wantedMajor} or newer; this is ${process.version}, and npm has none for ` +
      `${process.platform}-${process.arch}: install it from https://nodejs.org and try again.`,
  )
}

const isNewEnough = (path) => {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return status === 0 && Number(/^v(\d+)/.exec(stdout)?.[1]) >= wantedMajor
}

/** So that whatever is started by name finds the same Node and the packages' programs. */
export const environmentOf = (node) => {
  const folders = [join(root, 'node_modules', '.bin'), dirname(node), process.env.PATH]
  return { ...process.env, PATH: folders.join(process.platform === 'win32' ? ';' : ':') }
}

/** Stands aside: signals go to the script, its end is ours. */
export const runWith = (node, command) => {
  const child = spawn(node, command, { stdio: 'inherit', env: environmentOf(node) })
  // The terminal sends Ctrl-C to both of us; a supervisor sends to us alone.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    say(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)))
}
