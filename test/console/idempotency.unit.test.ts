import { describe, expect, it } from 'vitest'
import { createRunOnce } from '../../console/src/data/idempotency.ts'

/** Runs changes of which some get no answer. Returns the keys with which they were sent. */
const keysOf = async (...changes: { change: unknown; isAnswered: boolean }[]): Promise<unknown[]> => {
  let last = 0
  const runOnce = createRunOnce(() => String(++last))
  const sent: unknown[] = []
  for (const { change, isAnswered } of changes) {
    const run = async ({ idempotencyKey }: { idempotencyKey?: string }) => {
      sent.push(idempotencyKey)
      if (!isAnswered) throw new Error('The server does not answer.')
    }
    await runOnce(change, run).catch(() => undefined)
  }
  return sent
}

describe('runOnce', () => {
  it('repeats a change without an answer with the same key', async () => {
    const change = { id: '1' }
    expect(await keysOf({ change, isAnswered: false }, { change: { ...change }, isAnswered: true })).toEqual(['1', '1'])
  })

  it('sends a change with a new key after an answer', async () => {
    const change = { id: '1' }
    expect(await keysOf({ change, isAnswered: true }, { change, isAnswered: true })).toEqual(['1', '2'])
  })

  it('sends another change with a key of its own', async () => {
    const changes = [{ id: '1' }, { id: '2' }].map((change) => ({ change, isAnswered: false }))
    expect(await keysOf(...changes)).toEqual(['1', '2'])
  })
})
