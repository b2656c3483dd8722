import type { ExecutionResult } from 'graphql'
import { sharedBytesOf } from './sharedResult.ts'

type Results = AsyncIterable<ExecutionResult>

const end = Buffer.from('}')

/**
 * Sends the shared results of an operation as `next` messages, whose JSON all subscribers share. What it returns yields
 * all other results, which the protocol sends.
 */
export const sendSharedFrames = (
  results: Results,
  id: string,
  send: (frame: Buffer) => Promise<void>,
): AsyncIterableIterator<ExecutionResult> => {
  const iterator = results[Symbol.asyncIterator]()
  const begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      for (;;) {
        const iteration = await iterator.next()
        const bytes = iteration.done === true ? null : sharedBytesOf(iteration.value)
        if (bytes === null) return iteration
        await send(Buffer.concat([begin, bytes, end]))
      }
    },
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    throw: async (error) => {
      if (iterator.throw === undefined) throw error
      return iterator.throw(error)
    },
  }
}
