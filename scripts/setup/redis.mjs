import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { hint, root, say } from './runtime.mjs'

const folder = join(root, '.cache', 'redis')
const launcher = join(folder, 'redis-server')
const advice = 'install redis-server, or set REDIS_SERVER_PATH'

/** A redis-server for the tests: the machine's, else Debian's package unpacked into .cache, which needs no rights. */
export const ensureRedis = () => {
  if (process.env.REDIS_SERVER_PATH) {
    if (runs(process.env.REDIS_SERVER_PATH)) return
    throw new Error(`REDIS_SERVER_PATH=${process.env.REDIS_SERVER_PATH} does not run: ${advice} to one that does.`)
  }
  const folders = (process.env.PATH ?? '').split(delimiter)
  if (folders.some((path) => existsSync(join(path, 'redis-server'))) || runs(launcher)) return
  say('Fetching redis-server for the tests …')
  fetchRedis()
  if (!runs(launcher)) throw new Error(`The fetched redis-server does not run: ${advice}.`)
}

const runs = (path) => existsSync(path) && spawnSync(path, ['--version']).status === 0

const fetchRedis = () => {
  const draft = `${folder}.${process.pid}`
  try {
    const archives = join(draft, 'archives')
    mkdirSync(archives, { recursive: true })
    download(archives)
    for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
      must('dpkg', ['-x', join(archives, name), join(draft, 'root')])
    }
    rmSync(archives, { recursive: true })
    writeLauncher(draft)
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** From the machine's package lists; where these are missing or name files that are gone, from lists of our own. */
const download = (archives) => {
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []
  if (tryDownload(archives, sandbox)) return
  const state = join(archives, 'apt')
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(state, 'cache', 'archives', 'partial'), { recursive: true })
  const own = [`Dir::State=${state}`, `Dir::Cache=${join(state, 'cache')}`, 'Dir::State::status=/var/lib/dpkg/status']
  const options = [...sandbox, ...own.flatMap((setting) => ['-o', setting])]
  must('apt-get', [...options, '-qq', 'update'])
  if (!tryDownload(archives, options)) throw new Error(`Debian's redis-server cannot be downloaded: ${advice}.`)
}

const tryDownload = (archives, options) => {
  const names = missingPackages(options)
  return names.length > 0 && run('apt-get', [...options, '-qq', 'download', ...names], archives).status === 0
}

/** redis-server and all that it depends on, without what the machine has. */
const missingPackages = (options) => {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`)
  const tree = run('apt-cache', [...options, 'depends', '--recurse', ...kinds, 'redis-server'])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own notation
  const present = run('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\n'])
  if (tree.status !== 0 || present.status !== 0) return []
  const installed = new Set(
    present.stdout
      .split('\n')
      .filter((line) => line.startsWith('ii'))
      .map((line) => line.split(' ').at(-1)),
  )
  return tree.stdout.split('\n').filter((line) => /^[a-z0-9]/.test(line) && !line.includes(':') && !installed.has(line))
}

const writeLauncher = (draft) => {
  const libraries = readdirSync(join(draft, 'root', 'usr', 'lib')).filter((name) => name.includes('-linux-'))
  const paths = [
    'usr/lib',
    ...libraries.map((name) => `usr/lib/${name}`),
    'lib',
    ...libraries.map((name) => `lib/${name}`),
  ]
  const list = paths.map((path) => `$here/root/${path}`).join(':')
  const script = `#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\nLD_LIBRARY_PATH=${list} exec "$here/root/usr/bin/redis-server" "$@"\n`
  writeFileSync(join(draft, 'redis-server'), script)
  chmodSync(join(draft, 'redis-server'), 0o755)
}

const run = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

const must = (command, args) => {
  const { status, error, stderr } = run(command, args)
  if (status !== 0)
    throw new Error(
      `There is no redis-server, and ${command} could not bring one (${error?.message ?? hint(stderr, 1)}): ${advice}.`,
    )
}
