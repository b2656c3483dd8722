import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { canRun, ensureDebianTool } from './debianTool.mjs'
import { printLine } from './runtime.mjs'

/**
 * Provides an nginx for the tests behind it: the one at NGINX_PATH, otherwise the machine's, otherwise Debian's package,
 * unpacked into .cache without root. Without any, those tests are skipped.
 */
export const offerNginx = () => {
  const advice = 'Install nginx, or set NGINX_PATH to one that runs.'
  if (process.env.NGINX_PATH) {
    if (canRun(process.env.NGINX_PATH, '-v')) return
    throw new Error(`NGINX_PATH=${process.env.NGINX_PATH} does not run. ${advice}`)
  }
  // Debian keeps servers in /usr/sbin, which is not on the PATH of ordinary users.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  if (folders.some((path) => existsSync(join(path, 'nginx')))) return
  try {
    ensureDebianTool({ packageName: 'nginx', programs: ['nginx'], versionArgument: '-v', advice })
  } catch (error) {
    printLine(`Tests behind nginx are skipped: ${error.message}`)
  }
}
