import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printLine, root } from './runtime.mjs'

const folder = join(root, 'node_modules')
const stamp = join(folder, '.mediagraph-installed')
const unreachablePattern =
  /ENOTFOUND|EAI_AGAIN|EAI_FAIL|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/

/** Installs exactly the packages of the lock file, unless they are installed already. */
export const ensurePackages = () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const expectedHash = createHash('sha256').update(`${process.platform} ${process.arch}\n${lock}`).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === expectedHash) return
  if (!isInstalled(JSON.parse(lock))) install()
  try {
    writeFileSync(stamp, expectedHash)
  } catch {
    // The folder belongs to another user and is read-only: without a stamp, packages are compared on every start.
  }
}

/** Whether npm has installed these packages, perhaps called by hand. npm writes a lock file of what it installed. */
const isInstalled = (lock) => {
  const lockPath = join(folder, '.package-lock.json')
  if (!existsSync(lockPath)) return false
  const installed = JSON.parse(readFileSync(lockPath, 'utf8')).packages
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (path === '') return true
    const installedEntry = installed[path]
    if (installedEntry) return installedEntry.version === entry.version && existsSync(join(root, path))
    return entry.optional === true && !isNeededHere(entry)
  })
}

/** Whether this platform needs an optional package. Dependencies of another platform's package name no platform themselves. */
const isNeededHere = ({ os, cpu, libc }) =>
  (os !== undefined || cpu !== undefined) &&
  (os === undefined || os.includes(process.platform)) &&
  (cpu === undefined || cpu.includes(process.arch)) &&
  (libc === undefined || libc.includes(isMusl() ? 'musl' : 'glibc'))

const isMusl = () => process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime

const install = () => {
  printLine('Installing packages. This happens once and takes a minute or two …')
  // Offline, npm's cache may be enough. If not, fail at once instead of retrying.
  const offlineFlags = unreachablePattern.test(npm('ping', '--fetch-retries=0').output)
    ? ['--prefer-offline', '--fetch-retries=0']
    : []
  let run = npm('ci', ...offlineFlags)
  // The registry that the lock file was made with lacked some packages, mostly for other platforms, so `npm ci` calls it
  // incomplete (EUSAGE). `npm install` adds these packages and keeps all other versions.
  if (run.output.includes('EUSAGE')) run = npm('install', '--no-save', ...offlineFlags)
  if (run.status === 0) return
  const code = unreachablePattern.exec(run.output)?.[0]
  if (code)
    throw new Error(`The npm registry cannot be reached (${code}). Check the network and proxy settings and try again.`)
  throw new Error(`npm could not install the packages:\n${run.output.trim().split('\n').slice(0, 20).join('\n')}`)
}

/** Runs npm, the one that started this script if possible. */
export const npm = (...command) => {
  const quietFlags = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error', '--engine-strict=false']
  const args = [...command, '--include=dev', '--include=optional', ...quietFlags]
  // npm passes its own path in the environment; when started by hand, npm is on the PATH.
  const [program, ...leadingArgs] = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : ['npm']
  const { error, status, stdout, stderr } = spawnSync(program, [...leadingArgs, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  if (error) throw new Error(`npm does not start (${error.message}). Install Node with npm and try again.`)
  return { status, stdout, output: `${stdout}\n${stderr}` }
}
