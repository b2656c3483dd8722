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
  /** Kills the server with SIGKILL, as a crash would; all connections break. */
  stop(): Promise<void>
  /** Starts the server again on the same port, without data. */
  start(): Promise<void>
}

/** Starts a real redis-server on loopback without persistence. */
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
    const killServer = (): void => void server.kill('SIGKILL')
    // Kills the server even if the test run is interrupted.
    process.once('exit', killServer)
    server.once('exit', () => process.off('exit', killServer))
    return server
  }
  throw new Error(`redis-server failed to start:\n${lines.join('\n')}`)
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
  throw new Error('redis-server was not found. Run `node scripts/setup.mjs --tests`, or set REDIS_SERVER_PATH.')
}

/** Sends one inline command over a new TCP connection; resolves to the raw reply. */
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
