import type { PubSubConfig } from '../../services/config/config.ts'
import type { Logger, PubSub } from '../../services/kernel/ports.ts'
import { createMemoryPubSub } from './memory.ts'
import { createRedisPubSub } from './redis.ts'

export const openPubSub = (config: PubSubConfig, log: Logger): PubSub =>
  config.type === 'redis' ? createRedisPubSub({ url: config.url, log }) : createMemoryPubSub({ log })
