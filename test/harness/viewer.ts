import type { World } from './world.ts'

/** Returns the id of the user whose token this is. */
export const readViewerId = async (world: World, token: string): Promise<string> => {
  const { data } = await world.post(token, '{ viewer { id } }')
  const { id = '' } = (data?.['viewer'] ?? {}) as { id?: string } // as: selected
  return id
}
