import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { UserActor } from '../../services/kernel/actor.ts'
import { sharedBytesOf } from '../sharedResult.ts'
import type { createSharedExecution } from './sharedExecution.ts'

type Results = AsyncIterableIterator<ExecutionResult>

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** Data of a call that the plugin needs; the transport provides it. */
export interface SubscriptionCall {
  actor: UserActor
  /** Sends the JSON of a result to the subscriber. Resolves when the next may follow; null if it may follow at once. */
  sendShared?(json: Buffer): Promise<void> | null
}

/**
 * Maps events to results. Those that subscribers share are sent from here if the transport can: they have no errors, so
 * that the other plugins have nothing to do, and neither the plugins nor the protocol handle each of them for each
 * subscriber. Not an async generator, so that `return` reaches the source at once, even while the stream waits.
 */
const mapEvents = (
  source: AsyncIterable<unknown>,
  map: (event: unknown) => Promise<ExecutionResult>,
  sendShared: SubscriptionCall['sendShared'],
): Results => {
  const events = source[Symbol.asyncIterator]()
  let hasEnded = false
  const nextEvent = async (): Promise<IteratorResult<unknown>> => {
    try {
      return await events.next()
    } catch (error) {
      // A source that failed has ended: its next event would follow a gap.
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
      while (!hasEnded) {
        const iteration = await nextEvent()
        if (iteration.done === true) break
        const value = await map(iteration.value)
        const json = sendShared === undefined ? null : sharedBytesOf(value)
        if (json === null) return { done: false, value }
        const delivery = sendShared?.(json)
        if (delivery != null) await delivery
      }
      return { done: true, value: undefined }
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

interface PerEventOptions<Call extends SubscriptionCall> {
  createContext(call: Call): object
  callOf(context: object): Call
  openExecution: ReturnType<typeof createSharedExecution>
}

/** Creates a context, with its dataloaders, for each event of a subscription, so that each event reads current data. */
export const usePerEventContext = <Call extends SubscriptionCall>({
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
      return mapEvents(stream, executeEvent, call.sendShared)
    })
  },
})
