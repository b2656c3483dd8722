import { describe, expect } from 'vitest'
import { it as base } from '../serverIt.ts'
import type { ServerWorldOptions } from '../serverWorld.ts'
import { limitsOf, rateLimitedResult, transports } from './transports.ts'

const it = base.extend(
  'serverOptions',
  { scope: 'file' },
  (): ServerWorldOptions => ({ rateLimits: limitsOf({ uploads: 10, bulk: 1 }) }),
)

describe('the limit of a class of work', () => {
  const uploads = (count: number) =>
    `mutation { ${Array.from({ length: count }, (_, index) => `a${index}: mediaUploadCreate`).join(' ')} }`

  it('counts only new uploads on every transport', async ({ world }) => {
    const { POST, WebSocket } = transports(world, await world.token())
    expect((await POST(uploads(9))).errors).toBeUndefined()
    expect((await WebSocket(uploads(1))).errors).toBeUndefined()
    const previousCount = world.switches.touchCount
    expect(await POST(uploads(1))).toMatchObject(rateLimitedResult)
    expect(await WebSocket(uploads(1))).toMatchObject(rateLimitedResult)
    expect(world.switches.touchCount).toBe(previousCount)
    for (let count = 0; count < 20; count++) expect((await POST('{ hello }')).errors).toBeUndefined()
    expect((await POST('mutation { touch mediaBulkTag }')).errors).toBeUndefined()
  })

  it('counts bulk operations', async ({ world }) => {
    const { POST } = transports(world, await world.token())
    expect((await POST('mutation { mediaBulkTag }')).errors).toBeUndefined()
    expect(await POST('mutation { mediaBulkTag }')).toMatchObject({
      errors: [{ message: expect.stringContaining('At most 1 bulk operations and batches in a minute') }],
    })
    expect((await POST(uploads(10))).errors).toBeUndefined()
  })
})
