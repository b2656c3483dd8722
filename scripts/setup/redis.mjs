import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { lastLines, printLine, root } from './runtime.mjs'

const folder = join(root, '.cache', 'redis')
const launcher = join(folder, 'redis-server')
const advice = 'Install redis-server, or set REDIS_SERVER_PATH to one that runs.'

/** Provides a redis-server for the tests: the machine's, otherwise Debian's package, unpacked into .cache without root. */
export const ensureRedis = () => {
  if (process.env.REDIS_SERVER_PATH) {
    if (canRun(process.env.REDIS_SERVER_PATH)) return
    throw new Error(`REDIS_SERVER_PATH=${process.env.REDIS_SERVER_PATH} does not run. ${advice}`)
  }
  const folders = (process.env.PATH ?? '').split(delimiter)
  if (folders.some((path) => existsSync(join(path, 'redis-server'))) || canRun(launcher)) return
  printLine('Downloading redis-server for the tests …')
  fetchRedis()
  if (!canRun(launcher)) throw new Error(`The downloaded redis-server does not run. ${advice}`)
}

const canRun = (path) => existsSync(path) && spawnSync(path, ['--version']).status === 0

const fetchRedis = () => {
  const stagingFolder = `${folder}.${process.pid}`
  try {
    const archives = join(stagingFolder, 'archives')
    mkdirSync(archives, { recursive: true })
    download(archives)
    for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
      runOrThrow('dpkg', ['-x', join(archives, name), join(stagingFolder, 'root')])
    }
    rmSync(archives, { recursive: true })
    writeLauncher(stagingFolder)
    rmSync(folder, { recursive: true, force: true })
    renameSync(stagingFolder, folder)
  } finally {
    rmSync(stagingFolder, { recursive: true, force: true })
  }
}

/** Downloads by the machine's package lists. If these are missing or outdated, downloads by package lists of its own. */
const download = (archives) => {
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []
  if (tryDownload(archives, sandbox)) return
  const state = join(archives, 'apt')
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(state, 'cache', 'archives', 'partial'), { recursive: true })
  const ownAptSettings = [
    `Dir::State=${state}`,
    `Dir::Cache=${join(state, 'cache')}`,
    'Dir::State::status=/var/lib/dpkg/status',
  ]
  const options = [...sandbox, ...ownAptSettings.flatMap((setting) => ['-o', setting])]
  runOrThrow('apt-get', [...options, '-qq', 'update'])
  if (!tryDownload(archives, options)) throw new Error(`Debian's redis-server cannot be downloaded. ${advice}`)
}

const tryDownload = (archives, options) => {
  const names = missingPackages(options)
  return names.length > 0 && run('apt-get', [...options, '-qq', 'download', ...names], archives).status === 0
}

/** Lists redis-server and its dependencies, without the packages that the machine has. */
const missingPackages = (options) => {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`)
  const tree = run('apt-cache', [...options, 'depends', '--recurse', ...kinds, 'redis-server'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: syntax of dpkg-query
  const packageQuery = run('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\n'])
  if (tree.status !== 0 || packageQuery.status !== 0) return []
  const installed = new Set(
    packageQuery.stdout
      .split('\n')
      .filter((line) => line.startsWith('ii'))
      .map((line) => line.split(' ').at(-1)),
  )
  return tree.stdout.split('\n').filter((line) => /^[a-z0-9]/.test(line) && !line.includes(':') && !installed.has(line))
}

const writeLauncher = (stagingFolder) => {
  const libraries = readdirSync(join(stagingFolder, 'root', 'usr', 'lib')).filter((name) => name.includes('-linux-'))
  const paths = [
    'usr/lib',
    ...libraries.map((name) => `usr/lib/${name}`),
    'lib',
    ...libraries.map((name) => `lib/${name}`),
  ]
  const list = paths.map((path) => `$here/root/${path}`).join(':')
  const script = `#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\nLD_LIBRARY_PATH=${list} exec "$here/root/usr/bin/redis-server" "$@"\n`
  writeFileSync(join(stagingFolder, 'redis-server'), script)
  chmodSync(join(stagingFolder, 'redis-server'), 0o755)
}

const run = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

const runOrThrow = (command, args) => {
  const { status, error, stderr } = run(command, args)
  if (status !== 0)
    throw new Error(
      `redis-server is missing, and ${command} failed to download it (${error?.message ?? lastLines(stderr, 1)}). ${advice}`,
    )
}
