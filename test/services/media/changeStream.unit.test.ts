import { describe, expect, it } from 'vitest'
import { createChangeStream } from '../../../src/services/media/changeStream.ts'

const openStream = () => {
  let releases = 0
  const stream = createChangeStream(() => {
    releases += 1
  })
  return { stream, releases: () => releases }
}

describe('a stream of changes', () => {
  it('delivers events in order, before or after they are asked for', async () => {
    const { stream } = openStream()
    const [first, second, third]: [[], [], []] = [[], [], []]
    const early = stream.iterator.next()
    for (const event of [first, second, third]) stream.push(event)
    expect((await early).value).toBe(first)
    expect((await stream.iterator.next()).value).toBe(second)
    expect((await stream.iterator.next()).value).toBe(third)
  })

  it('fails once more than 300 events wait', async () => {
    const { stream, releases } = openStream()
    for (let count = 0; count <= 300; count++) stream.push([])
    expect(releases()).toBe(1)
    await expect(stream.iterator.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await stream.iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('ends while its reader waits', async () => {
    const { stream, releases } = openStream()
    const waiting = stream.iterator.next()
    await stream.iterator.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(releases()).toBe(1)
  })
})
