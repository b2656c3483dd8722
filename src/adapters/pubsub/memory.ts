import { PubSub as GraphqlPubSub } from 'graphql-subscriptions'
import type { Log, PubSub } from '../../services/ports.ts'

/** Within one process. Messages travel as JSON all the same, so that nobody shares objects by accident. */
export const createMemoryPubSub = ({ log }: { log: Log }): PubSub => {
  const engine = new GraphqlPubSub()
  return {
    publish(channel, message) {
      const text = JSON.stringify(message)
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

    onRestored: () => () => undefined, // nothing is ever lost inside a process
    close: () => Promise.resolve(),
  }
}
