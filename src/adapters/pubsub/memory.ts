import { EventEmitter } from 'node:events'
import { PubSub as GraphqlPubSub } from 'graphql-subscriptions'
import type { Logger, PubSub } from '../../services/kernel/ports.ts'

/** Within one process. Messages travel as JSON all the same, so that nobody shares objects by accident. */
export const createMemoryPubSub = ({ log }: { log: Logger }): PubSub => {
  // Any number of followers of one channel is no leak.
  const engine = new GraphqlPubSub({ eventEmitter: new EventEmitter().setMaxListeners(0) })

  const serialize = (message: unknown): string | null => {
    try {
      return JSON.stringify(message)
    } catch (error) {
      log.error({ err: error }, 'A message cannot be written as JSON.')
      return null
    }
  }

  return {
    publish(channel, message) {
      const text = serialize(message)
      if (text === null) return
      // Not within the caller's own turn: a listener must not be able to hold it up.
      queueMicrotask(() => void engine.publish(channel, text))
    },

    async subscribe(channel, listener) {
      let isOpen = true
      const id = await engine.subscribe(channel, (text: string) => {
        if (!isOpen) return
        try {
          listener(JSON.parse(text))
        } catch (error) {
          log.error({ err: error, channel }, 'A listener failed.')
        }
      })
      return () => {
        if (isOpen) engine.unsubscribe(id)
        isOpen = false
      }
    },

    onReconnect: () => () => undefined, // nothing is ever lost inside a process
    close: () => Promise.resolve(),
  }
}
