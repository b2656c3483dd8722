import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

export interface TestNginx {
  /** Lines that nginx has logged so far, notices included. */
  lines: string[]
  close(): Promise<void>
}

const programPath = [
  process.env.NGINX_PATH,
  // Debian keeps servers in /usr/sbin, which is not on the PATH of ordinary users.
  ...[...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].map((folder) => join(folder, 'nginx')),
  join(import.meta.dirname, '..', '..', '.cache', 'nginx', 'nginx'),
].find((path) => path && existsSync(path))

export const isNginxMissing = programPath === undefined

/** Compresses whatever passes, as far as nginx can. */
const compression = 'gzip on; gzip_proxied any; gzip_types *; gzip_min_length 0;'
const temporaryPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)

/** Starts nginx as one process with the contents of an `http` block. */
export const startNginx = async (http: string): Promise<TestNginx> => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-nginx-'))
  const main = 'daemon off; master_process off; pid nginx.pid; error_log stderr notice; events {}'
  const settings = ['access_log off;', compression, ...temporaryPaths]
  await writeFile(join(folder, 'nginx.conf'), `${main}\nhttp {\n${settings.join('\n')}\n${http}\n}\n`)
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr']
  const server = spawn(programPath ?? 'nginx', args, { stdio: ['ignore', 'inherit', 'pipe'] })
  const killServer = (): void => void server.kill('SIGKILL')
  // Kills the server even if the test run is interrupted.
  process.once('exit', killServer)
  const exitEvent = once(server, 'exit')
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      lines.push(line)
      // Written after the ports were opened.
      if (line.includes('event method')) resolve()
    })
    exitEvent.then(() => reject(new Error(`nginx failed to start:\n${lines.join('\n')}`)), reject)
  })
  return {
    lines,
    async close() {
      process.off('exit', killServer)
      server.kill('SIGTERM')
      await exitEvent
      await rm(folder, { recursive: true })
    },
  }
}
