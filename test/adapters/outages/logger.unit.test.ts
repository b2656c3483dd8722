import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createOutageLogger } from '../../../src/adapters/outageLogger.ts'
import { DeadlineError } from '../../../src/services/kernel/errors.ts'
import { DependencyError } from '../../../src/services/kernel/outages.ts'
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

const fullDisk = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
const cancelled = Object.assign(new Error('canceling statement'), { severity: 'ERROR', code: '57014' })
const late = (operation: string) => new DeadlineError('The server did not answer in time.', 5, operation)

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
    expect(visible().at(-1)?.fields).toEqual({ kind: 'connection', seconds: 4, failures: 3, calls: 2 })
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

  it('mentions each kind of outage, although another one lasts', () => {
    const { log, visible } = start()
    for (const err of [outage, fullDisk, new DependencyError('unavailable', 'The bucket answered 503.'), outage])
      log.warn({ err }, 'Failed.')
    expect(visible().map(({ fields }) => 'kind' in fields && fields.kind)).toEqual([
      'connection',
      'disk full',
      'bucket',
    ])
  })

  it('mentions an outage while calls are answered too late', async () => {
    const { log, messages } = start()
    for (let n = 0; n < 5; n++) {
      log.warn({ err: late('query search') }, 'Answered a call too late.')
      await vi.advanceTimersByTimeAsync(3000)
    }
    log.error({ err: outage }, 'Failed.')
    expect(messages()).toEqual(['Answered a call too late.', began])
  })

  it('mentions a slow operation once a minute', async () => {
    const { log, messages } = start()
    for (const operation of ['query one', 'query two', 'query one']) log.warn({ err: late(operation) }, operation)
    await vi.advanceTimersByTimeAsync(60_000)
    log.warn({ err: late('query one') }, 'query one')
    expect(messages()).toEqual(['query one', 'query two', 'query one'])
  })

  it('mentions a limited number of slow operations a minute', () => {
    const { log, messages } = start()
    for (let n = 0; n < 100; n++) log.warn({ err: late(`query ${n}`) }, 'Answered a call too late.')
    expect(messages()).toHaveLength(20)
  })

  it('passes on work that exceeded its time, during an outage too', () => {
    const { log, visible } = start()
    log.warn({ err: outage }, 'Failed.')
    log.error({ err: cancelled }, 'Failed to finish the work of a call in time; refused it.')
    expect(visible().at(-1)).toMatchObject({ level: 'error', fields: { err: cancelled } })
  })
})
