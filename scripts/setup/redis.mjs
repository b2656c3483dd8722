import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { canRun, ensureDebianTool } from './debianTool.mjs'

const advice = 'Install redis-server, or set REDIS_SERVER_PATH to one that runs.'

/** Provides a redis-server for the tests: the machine's, otherwise Debian's package, unpacked into .cache without root. */
export const ensureRedis = () => {
  if (process.env.REDIS_SERVER_PATH) {
    if (canRun(process.env.REDIS_SERVER_PATH, '--version')) return
    throw new Error(`REDIS_SERVER_PATH=${process.env.REDIS_SERVER_PATH} does not run. ${advice}`)
  }
  const folders = (process.env.PATH ?? '').split(delimiter)
  if (folders.some((path) => existsSync(join(path, 'redis-server')))) return
  ensureDebianTool({
    packageName: 'redis-server',
    folderName: 'redis',
    programs: ['redis-server'],
    versionArgument: '--version',
    advice,
  })
}
