import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { UserActor } from '../../services/kernel/actor.ts'
import type { createSharedExecution } from './sharedExecution.ts'

type Results = AsyncIterableIterator<ExecutionResult>

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/**
 * Maps events to results. Not an async generator, so that `return` reaches the source at once, even while the stream
 * waits.
 */
const mapEvents = (source: AsyncIterable<unknown>, map: (event: unknown) => Promise<ExecutionResult>): Results => {
  const events = source[Symbol.asyncIterator]()
  let hasEnded = false
  /**
   * Returns the next event. A source that failed or was stopped has ended: after a failure, its next event would follow
   * a gap.
   */
  const nextOrEnd = async (): Promise<IteratorResult<unknown>> => {
    if (hasEnded) return { done: true, value: undefined }
    try {
      return await events.next()
    } catch (error) {
      hasEnded = true
      await events.return?.()
      throw error
    }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const iteration = await nextOrEnd()
      return iteration.done ? { done: true, value: undefined } : { done: false, value: await map(iteration.value) }
    },
    async return() {
      hasEnded = true
      await events.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      hasEnded = true
      await events.return?.()
      throw error
    },
  }
}

interface PerEventOptions<Call extends { actor: UserActor }> {
  createContext(call: Call): object
  callOf(context: object): Call
  openExecution: ReturnType<typeof createSharedExecution>
}

/** Creates a context, with its dataloaders, for each event of a subscription, so that each event reads current data. */
export const usePerEventContext = <Call extends { actor: UserActor }>({
  createContext,
  callOf,
  openExecution,
}: PerEventOptions<Call>): Plugin => ({
  onSubscribe({ setSubscribeFn }) {
    setSubscribeFn(async (args: ExecutionArgs) => {
      const stream = await createSourceEventStream(args)
      if (!isIterable(stream)) return stream
      const call = callOf(args.contextValue as object) // as: created by createContext
      const executeEvent = openExecution({
        args,
        actor: call.actor,
        createContext: (actor) => createContext({ ...call, actor }),
      })
      return mapEvents(stream, executeEvent)
    })
  },
})
