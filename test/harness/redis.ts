import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './port.ts'

export interface TestRedis {
  url: string
  /** Ends it at once, as a crash would; every connection breaks. */
  stop(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
}

/** A real redis-server on loopback that keeps nothing. */
export const startRedis = async (): Promise<TestRedis> => {
  const port = await freePort()
  let server: ChildProcess | null = null

  const start = async () => {
    server ??= await launch(port)
  }
  const stop = async () => {
    if (server === null) return
    const exitEvent = once(server, 'exit')
    server.kill('SIGKILL')
    server = null
    await exitEvent
  }
  await start()
  return { url: `redis://127.0.0.1:${port}`, start, stop }
}

const launch = async (port: number): Promise<ChildProcess> => {
  const noPersistence = ['--save', '', '--appendonly', 'no', '--dir', tmpdir()]
  const args = ['--port', String(port), '--bind', '127.0.0.1', ...noPersistence]
  const server = spawn(findServer(), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  for await (const line of createInterface({ input: server.stdout })) {
    lines.push(line)
    if (!line.includes('Ready to accept connections')) continue
    server.stdout.resume()
    // A run that is ended halfway leaves no server behind.
    process.once('exit', () => server.kill('SIGKILL'))
    return server
  }
  throw new Error(`redis-server did not start:\n${lines.join('\n')}`)
}

const findServer = (): string => {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [
    process.env.REDIS_SERVER_PATH,
    ...folders.map((folder) => join(folder, 'redis-server')),
    join(import.meta.dirname, '..', '..', '.cache', 'redis', 'redis-server'),
  ]
  const serverPath = candidates.find((path) => path && existsSync(path))
  if (serverPath) return serverPath
  throw new Error('No redis-server: run `node scripts/setup.mjs --tests`, or set REDIS_SERVER_PATH.')
}

/** Asks a server directly; resolves to its whole answer. */
export const sendCommand = (url: string, line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () => socket.end(`${line}\r\n`))
    let reply = ''
    socket.on('data', (chunk) => {
      reply += chunk
    })
    socket.once('end', () => resolve(reply))
    socket.once('error', reject)
  })
