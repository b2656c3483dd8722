import type { UserActor } from './actor.ts'

/** Returns an actor that reports when anything but its role is read: the result then depends on who the caller is. */
export const watchActor = (actor: UserActor, onRead: () => void): UserActor => {
  const { type, role, ...identity } = actor
  const getters = Object.entries(identity).map(([name, value]) => {
    const get = () => {
      onRead()
      return value
    }
    return [name, { enumerable: true, get }] as const
  })
  return Object.defineProperties({ type, role }, Object.fromEntries(getters)) as UserActor // as: has the same properties
}
