import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from './actor.ts'
import { parseId } from './ids.ts'
import { updateRules } from './mediaRules.ts'
import { notFound } from './notFound.ts'
import type { Database } from './ports.ts'
import { enforceRules } from './rules.ts'

/** Reads a media outside the trash that the caller may change, or refuses. `path` names the id's field in the input. */
export const findChangeableMedia = async (
  database: Database,
  actor: Actor,
  id: string,
  path = 'id',
): Promise<Media> => {
  const media = await database.media.findUnique({ where: { id: parseId('Media', id, path) } })
  if (media === null) throw notFound('Media', id)
  enforceRules(updateRules, actor, media)
  return media
}
