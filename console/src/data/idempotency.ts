import { useRef } from 'react'
import type { SendOptions } from '../api/send.ts'

/**
 * Runs a change with an idempotency key. The key stays the same while the same change gets no answer, so that a retry
 * cannot run it twice; after an answer, also a refusal, the next change gets a new one.
 */
export type RunOnce = <Result>(change: unknown, run: (options: SendOptions) => Promise<Result>) => Promise<Result>

export const createRunOnce = (createKey: () => string = () => crypto.randomUUID()): RunOnce => {
  const unanswered = new Map<string, string>()
  return async (change, run) => {
    const text = JSON.stringify(change)
    const idempotencyKey = unanswered.get(text) ?? createKey()
    unanswered.set(text, idempotencyKey)
    const result = await run({ idempotencyKey })
    unanswered.delete(text)
    return result
  }
}

/** Returns a RunOnce that lives as long as the component. */
export const useRunOnce = (): RunOnce => {
  const runOnce = useRef<RunOnce>(null)
  runOnce.current ??= createRunOnce()
  return runOnce.current
}
