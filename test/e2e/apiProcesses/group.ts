import { randomUUID } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { vi } from 'vitest'
import { makeToken } from '../../../src/adapters/auth.ts'
import { freePort } from '../../harness/port.ts'
import { startProcess } from '../../harness/processes.ts'
import { testSecret } from '../../harness/world.ts'

/** A caller of each group's own, so that calls are counted from zero. */
const createToken = () =>
  makeToken(testSecret, { sub: randomUUID(), name: 'Ada', role: 'editor', kind: 'person', expires: '1h' })

interface LogLine {
  pid: number
  msg: string
  path?: string
}

const parseLine = (line: string): LogLine | null => {
  try {
    return JSON.parse(line) as LogLine // as: written by the logger
  } catch {
    return null // a line of Node or of npm
  }
}

/** Starts several API processes behind one port and waits until all of them serve. */
export const startGroup = async (env: Record<string, string>) => {
  const port = await freePort()
  const settings = { API_PROCESSES: '2', LOG_LEVEL: 'debug', PORT: String(port), ...env }
  const main = await startProcess('src/server.ts', settings, 'Started all API processes.')
  const token = await createToken()
  const readLog = (message: string): LogLine[] =>
    main.lines.flatMap((line) => {
      const entry = parseLine(line)
      return entry?.msg === message ? [entry] : []
    })

  /** Sends a document over a connection of its own. Rejects if that breaks. */
  const send = (query: string, accept = 'application/json'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept }
      const options = { host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers, agent: false }
      request(options, resolve).on('error', reject).end(JSON.stringify({ query }))
    })

  return {
    main,
    url: `http://127.0.0.1:${port}/graphql`,
    token,
    readLog,
    send,
    async sendAndRead(query: string): Promise<string> {
      return (await (await send(query)).setEncoding('utf8').toArray()).join('')
    },
    /** Ids of all API processes that have listened, in order. */
    listPids: (): number[] => readLog('Listening.').map(({ pid }) => pid),
    /** Ids of the processes that have answered GraphQL, once there are `count` answers. */
    async listAnsweringPids(count: number): Promise<number[]> {
      const read = () => readLog('Answered a request.').filter(({ path }) => path === '/graphql')
      await vi.waitUntil(() => read().length >= count)
      return [...new Set(read().map(({ pid }) => pid))]
    },
  }
}

export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
