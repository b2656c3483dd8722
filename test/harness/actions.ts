import { uuidOf } from './ids.ts'
import type { World } from './world.ts'

/** Actions of the events of one media, oldest first. */
export const readActions = async (world: World, mediaId: string): Promise<string[]> => {
  const where = { mediaId: uuidOf(mediaId) }
  const events = await world.runtime.ports.database.event.findMany({ where, orderBy: [{ at: 'asc' }, { id: 'asc' }] })
  return events.map(({ action }) => action)
}
