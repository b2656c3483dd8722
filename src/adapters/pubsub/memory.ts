import { EventEmitter } from 'node:events'
import { PubSub as GraphqlPubSub } from 'graphql-subscriptions'
import type { Logger, PubSub } from '../../services/kernel/ports.ts'

/** Creates pub/sub within one process. Messages are passed as JSON too, so that no objects are shared by accident. */
export const createMemoryPubSub = ({ log }: { log: Logger }): PubSub => {
  // Many subscribers of one channel are not a leak.
  const engine = new GraphqlPubSub({ eventEmitter: new EventEmitter().setMaxListeners(0) })

  const serialize = (message: unknown): string | null => {
    try {
      return JSON.stringify(message)
    } catch (error) {
      log.error({ err: error }, 'Failed to write a message as JSON; dropped it.')
      return null
    }
  }

  return {
    publish(channel, message) {
      const text = serialize(message)
      if (text === null) return
      // Deferred, so that a listener cannot delay the publisher.
      queueMicrotask(() => void engine.publish(channel, text))
    },

    async subscribe(channel, listener) {
      let isOpen = true
      const id = await engine.subscribe(channel, (text: string) => {
        if (!isOpen) return
        try {
          listener(JSON.parse(text))
        } catch (error) {
          log.error({ err: error, channel }, 'Failed to run a pub/sub listener.')
        }
      })
      return () => {
        if (isOpen) engine.unsubscribe(id)
        isOpen = false
      }
    },

    onReconnect: () => () => undefined, // no message is lost within a process
    close: () => Promise.resolve(),
  }
}
