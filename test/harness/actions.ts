import { uuidOf } from './ids.ts'
import type { World } from './world.ts'

/** What the log says was done to a media, oldest first. */
export const actionsOf = async (world: World, mediaId: string): Promise<string[]> => {
  const where = { mediaId: uuidOf(mediaId) }
  const events = await world.runtime.ports.database.event.findMany({ where, orderBy: [{ at: 'asc' }, { id: 'asc' }] })
  return events.map(({ action }) => action)
}
