import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEnvironment, lastLines, printLine, root } from './runtime.mjs'

const stamp = join(root, 'console', 'dist', '.stamp')
const inputs = [
  ...['index.html', 'picker.html', 'vite.config.ts', 'src', 'element'].map((name) => `console/${name}`),
  'package-lock.json',
]

const listFiles = (path) =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path))
        .toSorted()
        .flatMap((name) => listFiles(`${path}/${name}`))
    : [path]

/** Builds the console, unless it was built from the same files by the same packages. */
export const ensureConsole = (node) => {
  const hash = createHash('sha256')
  for (const path of inputs.flatMap(listFiles)) hash.update(`${path}\n`).update(readFileSync(join(root, path)))
  const expectedHash = hash.digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === expectedHash) return
  printLine('Building the console …')
  for (const mode of ['production', 'picker']) build(node, mode)
  writeFileSync(stamp, expectedHash)
}

const build = (node, mode) => {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const command = [vite, 'build', '--config', 'console/vite.config.ts', '--mode', mode, '--logLevel', 'warn']
  const env = { ...createEnvironment(node), NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync(node, command, { cwd: root, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`Failed to build the console:\n${lastLines(`${stdout}\n${stderr}`, 20)}`)
}
