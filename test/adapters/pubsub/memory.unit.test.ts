import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import { pubSubContract } from '../../contracts/pubsub.ts'

pubSubContract('memory', async ({ log }) => {
  const pubsub = createMemoryPubSub({ log })
  return { local: pubsub, remote: pubsub, close: () => pubsub.close() }
})
