import { PubSub as GraphqlPubSub } from 'graphql-subscriptions'
import type { PubSub } from '../../services/ports.ts'

/** Within one process. Messages travel as JSON all the same, so that nobody shares objects by accident. */
export const createMemoryPubSub = (): PubSub => {
  const engine = new GraphqlPubSub()
  return {
    publish: (channel, message) => void engine.publish(channel, JSON.stringify(message)),
    async subscribe(channel, listener) {
      const id = await engine.subscribe(channel, (text: string) => listener(JSON.parse(text)))
      return () => engine.unsubscribe(id)
    },
    onRestored: () => () => undefined, // nothing is ever lost inside a process
    close: () => Promise.resolve(),
  }
}
