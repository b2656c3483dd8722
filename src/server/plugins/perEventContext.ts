import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { UserActor } from '../../services/kernel/actor.ts'
import type { EventIterator } from '../../services/live/eventBuffer.ts'
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

type Receive = (iteration: IteratorResult<unknown>) => void

/** Returns a function that passes the next event to a callback: directly if the source can do that. */
const readerOf = (events: AsyncIterator<unknown> | EventIterator<unknown>) =>
  'take' in events
    ? (receive: Receive, _fail: (error: unknown) => void): void => events.take(receive)
    : (receive: Receive, fail: (error: unknown) => void): void => void events.next().then(receive, fail)

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
  const read = readerOf(events)
  let hasEnded = false

  /** Sends results until one has to be returned. By callbacks: promises would be most of the cost of a frame. */
  const sendUntilResult = (
    resolve: (iteration: IteratorResult<ExecutionResult>) => void,
    reject: (error: unknown) => void,
  ): void => {
    const end = (): void => resolve({ done: true, value: undefined })
    const failSource = (error: unknown): void => {
      // A source that failed has ended: its next event would follow a gap.
      hasEnded = true
      const fail = async (): Promise<void> => {
        await events.return?.()
        throw error
      }
      fail().catch(reject)
    }
    const deliver = (result: ExecutionResult): void => {
      try {
        const json = sendShared === undefined ? null : sharedBytesOf(result)
        if (json === null) {
          resolve({ done: false, value: result })
          return
        }
        const delivery = sendShared?.(json)
        if (delivery == null) readNext()
        else delivery.then(readNext, reject)
      } catch (error) {
        reject(error)
      }
    }
    const receive: Receive = (iteration) => {
      if (iteration.done === true) end()
      else map(iteration.value).then(deliver, reject)
    }
    const readNext = (): void => (hasEnded ? end() : read(receive, failSource))
    readNext()
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => new Promise(sendUntilResult),
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
