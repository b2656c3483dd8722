import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, say } from './runtime.mjs'

const folder = join(root, 'node_modules')
const stamp = join(folder, '.mediagraph-installed')
const unreachable =
  /ENOTFOUND|EAI_AGAIN|EAI_FAIL|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/

/** Installs exactly what the lock file says, unless that is what is there. */
export const ensurePackages = () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const wanted = createHash('sha256').update(`${process.platform} ${process.arch}\n${lock}`).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  if (!isInstalled(JSON.parse(lock))) install()
  try {
    writeFileSync(stamp, wanted)
  } catch {
    // Somebody else's folder: compared anew each time.
  }
}

/** Somebody may have called npm by hand: npm notes what it installed. */
const isInstalled = (lock) => {
  const note = join(folder, '.package-lock.json')
  if (!existsSync(note)) return false
  const installed = JSON.parse(readFileSync(note, 'utf8')).packages
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    if (found) return found.version === entry.version && existsSync(join(root, path))
    return entry.optional === true && !isNeededHere(entry)
  })
}

/** What is only needed by some other platform's package names no platform itself. */
const isNeededHere = ({ os, cpu, libc }) =>
  (os !== undefined || cpu !== undefined) &&
  (os === undefined || os.includes(process.platform)) &&
  (cpu === undefined || cpu.includes(process.arch)) &&
  (libc === undefined || libc.includes(isMusl() ? 'musl' : 'glibc'))

const isMusl = () => process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime

const install = () => {
  say('Installing packages (once, a minute or two) …')
  // Offline, npm's cache may still do; if not, that should be known at once.
  const away = unreachable.test(npm('ping', '--fetch-retries=0').output)
    ? ['--prefer-offline', '--fetch-retries=0']
    : []
  let run = npm('ci', ...away)
  // The lock file lacks what the registry it was made with lacked, for other platforms mostly: the rest of it still holds.
  if (run.output.includes('EUSAGE')) run = npm('install', '--no-save', ...away)
  if (run.status === 0) return
  const code = unreachable.exec(run.output)?.[0]
  if (code)
    throw new Error(`The npm registry cannot be reached (${code}): check network and proxy settings, and try again.`)
  throw new Error(`npm could not install the packages:\n${run.output.trim().split('\n').slice(0, 20).join('\n')}`)
}

const npm = (...command) => {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', '--engine-strict=false']
  const args = [...command, '--include=dev', '--include=optional', ...quiet]
  // npm runs us with its own path in the environment; by hand, it is on the PATH.
  const [program, ...before] = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : ['npm']
  const { error, status, stdout, stderr } = spawnSync(program, [...before, ...args], { cwd: root, encoding: 'utf8' })
  if (error) throw new Error(`npm does not start (${error.message}): install Node with npm and try again.`)
  return { status, output: `${stdout}\n${stderr}` }
}
