import { chown, cp, lstat, readdir, realpath, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemFolder } from '../../../src/adapters/embedded-postgres/home.ts'
import { canEnter, chooseAccount, runsAsRoot } from '../../../src/adapters/embedded-postgres/osAccount.ts'
import { startEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/start.ts'
import { query } from '../../harness/postgres.ts'
import {
  dataFolder,
  endProcess,
  root,
  settings,
  source,
  start,
  startInProcess,
  temporaryFolder,
} from './embeddedServers.ts'

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`

/** Whether tests can run as an unprivileged account: for root only, if the account can enter the checkout and its Node. */
const canSwitchAccount =
  runsAsRoot() &&
  canEnter(await chooseAccount(''), root) &&
  canEnter(await chooseAccount(''), dirname(process.execPath))

/** Creates a project in which the install script of PostgreSQL has not run. */
const projectWithoutLinks = async () => {
  const project = await temporaryFolder(0o755)
  const from = await realpath(join(root, 'node_modules', packageName))
  const native = join(project, 'node_modules', packageName, 'native')
  const filter = async (path: string) => !(await lstat(path)).isSymbolicLink()
  await cp(from, dirname(native), { recursive: true, filter })
  await symlink(await realpath(join(root, 'node_modules', 'pg')), join(project, 'node_modules', 'pg'))
  await cp(dirname(source), join(project, 'src'), { recursive: true })
  await writeFile(join(project, 'package.json'), '{"type":"module"}')
  const links = async () =>
    (await readdir(join(native, 'lib'), { withFileTypes: true })).filter((file) => file.isSymbolicLink())
  return { source: join(project, 'src', 'start.ts'), links }
}

describe('the embedded PostgreSQL', () => {
  it.runIf(runsAsRoot())(
    'runs for root under another account, outside a folder that this account cannot enter',
    async () => {
      const dataDir = await dataFolder(0o700)
      const { appUrl } = await start(dataDir)
      expect(await query(appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      expect(dirname(await realpath(join(dataDir, 'postgres')))).toBe(systemFolder)
      expect((await stat(join(dataDir, 'postgres', 'cluster'))).uid).not.toBe(0)
      expect((await stat(join(dataDir, 'postgres'))).mode & 0o007).toBe(0)
    },
  )

  it.runIf(canSwitchAccount)('runs for an unprivileged user, also after root has started it', async () => {
    const { uid = 0, gid = 0 } = await chooseAccount('')
    const dataDir = await dataFolder()
    await chown(dataDir, uid, gid)
    const { child, result } = await startInProcess(dataDir, { uid, gid })
    expect(result.error).toBeUndefined()
    expect(await query(result.appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
    await endProcess(child, 'SIGTERM')
    // A start by root leaves the user's folder usable for the user.
    await startEmbeddedPostgres({ dataDir, settings }).then((postgres) => postgres.close())
    expect((await startInProcess(dataDir, { uid, gid })).result.error).toBeUndefined()
  })

  it('restores library links that a blocked install script did not create', async () => {
    const project = await projectWithoutLinks()
    expect(await project.links()).toEqual([])
    const { result } = await startInProcess(await dataFolder(), { source: project.source })
    expect(result.error).toBeUndefined()
    expect(await project.links()).not.toEqual([])
  })

  it.runIf(canSwitchAccount)('copies programs whose links it cannot restore', async () => {
    const project = await projectWithoutLinks()
    const { uid = 0, gid = 0 } = await chooseAccount('')
    const dataDir = await dataFolder()
    await chown(dataDir, uid, gid)
    const { result } = await startInProcess(dataDir, { uid, gid, source: project.source })
    expect(result.error).toBeUndefined()
    expect(await query(result.appUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await project.links()).toEqual([])
  })
})
