import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createOutageLogger } from '../../../src/adapters/outageLogger.ts'
import type { Logger } from '../../../src/services/kernel/ports.ts'

const outage = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
const began = 'An outage began; its failures are counted until it ends.'
const ended = 'An outage ended.'

const start = () => {
  const lines: { level: string; fields: object; message: string }[] = []
  const write = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message })
  const target: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => target,
  }
  const visible = () => lines.filter(({ level }) => level !== 'debug')
  return { log: createOutageLogger(target), visible, messages: () => visible().map(({ message }) => message) }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('a log', () => {
  it('mentions an outage when it begins', () => {
    const { log, messages } = start()
    log.error({ err: outage }, 'Failed to do one thing.')
    log.warn({ err: outage }, 'Failed to do another.')
    expect(messages()).toEqual([began])
  })

  it('mentions when an outage has ended', async () => {
    const { log, messages } = start()
    log.error({ err: outage }, 'Failed.')
    await vi.advanceTimersByTimeAsync(5000)
    expect(messages()).toEqual([began, ended])
  })

  it('counts the failures of an outage', async () => {
    const { log, visible } = start()
    log.error({ err: outage }, 'Failed.')
    await vi.advanceTimersByTimeAsync(4000)
    log.error({ err: outage, requestId: 'a' }, 'Failed.')
    log.child({}).error({ err: outage, requestId: 'b' }, 'Failed.')
    await vi.advanceTimersByTimeAsync(5000)
    expect(visible().at(-1)?.fields).toEqual({ seconds: 4, failures: 3, calls: 2 })
  })

  it('mentions a later outage again', async () => {
    const { log, messages } = start()
    log.error({ err: outage }, 'Failed.')
    await vi.advanceTimersByTimeAsync(60_000)
    log.error({ err: outage }, 'Failed.')
    expect(messages()).toEqual([began, ended, began])
  })

  it('passes on errors that are no outage', () => {
    const { log, messages } = start()
    log.error({ err: outage }, 'Failed.')
    log.error({ err: new TypeError('x is not a function') }, 'Failed to run an operation.')
    log.warn({}, 'Disconnected a client.')
    expect(messages()).toEqual([began, 'Failed to run an operation.', 'Disconnected a client.'])
  })
})
