import type { UserActor } from '../services/kernel/actor.ts'
import type { Services } from '../services/services.ts'
import { createLoaders, type Loaders } from './loaders.ts'

/** Context of the resolvers. Created for every operation, and for every event of a subscription. */
export interface Context {
  actor: UserActor
  requestId: string
  services: Services
  loaders: Loaders
}

export const createContext = (services: Services, call: { actor: UserActor; requestId: string }): Context => ({
  ...call,
  services,
  loaders: createLoaders(services, call.actor),
})
