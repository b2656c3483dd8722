import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { pubSubContract } from '../../contracts/pubsub.ts'

pubSubContract('memory', async ({ log }) => {
  const pubsub = createMemoryPubSub({ log })
  return { near: pubsub, far: pubsub, close: () => pubsub.close() }
})
