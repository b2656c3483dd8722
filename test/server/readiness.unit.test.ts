import { describe, expect, it } from 'vitest'
import { createReadiness } from '../../src/server/readiness.ts'

const never = () => new Promise<never>(() => undefined)

describe('readiness', () => {
  it('is true if the database answers', async () => {
    expect(await createReadiness(async () => undefined)()).toBe(true)
  })

  it('is false if the database refuses', async () => {
    expect(await createReadiness(() => Promise.reject(new Error('No.')))()).toBe(false)
  })

  it('is false if the database does not answer in time', async () => {
    expect(await createReadiness(never, { timeoutMs: 10 })()).toBe(false)
  })

  it('asks a database that does not answer only once', async () => {
    let pings = 0
    const isReady = createReadiness(
      () => {
        pings += 1
        return never()
      },
      { timeoutMs: 10 },
    )
    await Promise.all([isReady(), isReady()])
    await isReady()
    expect(pings).toBe(1)
  })
})
