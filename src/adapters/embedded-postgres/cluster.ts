import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Home, nullIfMissing } from './home.ts'
import { lastLines } from './logFile.ts'
import type { Passwords } from './passwords.ts'
import { environment, type Settings } from './settings.ts'

/**
 * Creates the cluster if it does not exist, under another name first: a crash leaves nothing that looks like a cluster.
 */
export const ensureCluster = async (home: Home, binaries: string, passwords: Passwords, settings: Settings) => {
  if (await stat(home.cluster).catch(nullIfMissing)) return
  for (const name of await readdir(home.path)) {
    if (name.startsWith('draft-'))
      await rm(join(home.path, name), { recursive: true, force: true }).catch(() => undefined) // an initdb left running may still write
  }
  const folder = join(home.path, `draft-${randomBytes(6).toString('hex')}`)
  const [draft, passwordFile] = [join(folder, 'cluster'), join(folder, 'password')]
  try {
    await mkdir(folder, { mode: 0o700 })
    await writeFile(passwordFile, passwords.superuser, { mode: 0o600 })
    await chownTo(home, folder, passwordFile)
    await runInitdb(home, binaries, [
      ...[`--pgdata=${draft}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...['--no-instructions', ...(settings.fsync === 'off' ? ['--no-sync'] : [])],
    ])
    await rename(draft, home.cluster)
    await syncFolder(home.path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

const chownTo = async ({ account: { uid, gid } }: Home, ...paths: string[]): Promise<void> => {
  if (uid === undefined || gid === undefined) return
  for (const path of paths) await chown(path, uid, gid)
}

const runInitdb = async (home: Home, binaries: string, args: string[]): Promise<void> => {
  const initdb = spawn(join(binaries, 'bin', 'initdb'), args, {
    ...home.account,
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [initdb.stdout, initdb.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(initdb, 'close')
  if (code !== 0) throw new Error(`Failed to create the PostgreSQL cluster ${home.cluster}:\n${lastLines(output)}`)
}
