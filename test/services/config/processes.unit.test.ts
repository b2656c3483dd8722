import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/services/config/config.ts'

const redis = { REDIS_URL: 'redis://cache:6379' }

describe('the number of API processes', () => {
  it('is one by default', () => {
    expect(readConfig({}).apiProcesses).toBe(1)
  })

  it('may be chosen', () => {
    expect(readConfig({ ...redis, API_PROCESSES: '3' }).apiProcesses).toBe(3)
  })

  it('is the number of cores for auto', () => {
    expect(readConfig({ ...redis, API_PROCESSES: 'auto' }).apiProcesses).toBe(availableParallelism())
  })

  it.each(['0', '-1', '1.5', '65', 'all', 'AUTO'])('cannot be %s', (count) => {
    expect(() => readConfig({ ...redis, API_PROCESSES: count })).toThrow(
      'API_PROCESSES: needs a number from 1 to 64, or auto',
    )
  })

  it('needs Redis if it is more than one', () => {
    expect(() => readConfig({ API_PROCESSES: '2' })).toThrow(
      'REDIS_URL: required by API_PROCESSES=2, since 2 processes share progress and rate limits through Redis',
    )
  })

  it('needs no Redis if it is one', () => {
    expect(readConfig({ API_PROCESSES: '1' }).pubsub).toEqual({ type: 'memory' })
  })

  it('is not reported as a second fault of an invalid REDIS_URL', () => {
    expect(() => readConfig({ API_PROCESSES: '2', REDIS_URL: 'nowhere' })).toThrow(
      /^(?:(?!required by)[\s\S])*REDIS_URL: needs(?:(?!required by)[\s\S])*$/,
    )
  })
})
