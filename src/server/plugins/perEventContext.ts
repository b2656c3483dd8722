import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { UserActor } from '../../services/kernel/actor.ts'
import { createSharedExecution } from './sharedExecution.ts'

type Results = AsyncIterableIterator<ExecutionResult>

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** Written by hand, so that a waiting stream can be stopped: `return` reaches the source at once. */
const mapEvents = (source: AsyncIterable<unknown>, map: (event: unknown) => Promise<ExecutionResult>): Results => {
  const events = source[Symbol.asyncIterator]()
  let hasEnded = false
  /** A source that failed is over, since what it would yield next follows a gap; and so is one that was stopped. */
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

/** A context, and with it every dataloader, lives for one event of a subscription: the next one sees what is new. */
export const usePerEventContext = (
  renewContext: (context: object) => object,
  actorOf: (context: object) => UserActor,
): Plugin => {
  const executeShared = createSharedExecution()
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: ExecutionArgs) => {
        const stream = await createSourceEventStream(args)
        if (!isIterable(stream)) return stream
        const context = args.contextValue as object // the context that we made
        return mapEvents(stream, (rootValue) =>
          executeShared({ ...args, rootValue, contextValue: renewContext(context) }, actorOf(context)),
        )
      })
    },
  }
}
