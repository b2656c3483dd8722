import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from './actor.ts'
import { parseId } from './ids.ts'
import { notFound } from './notFound.ts'
import { enforce, mayChangeMedia } from './policies.ts'
import type { Database } from './ports.ts'

/** Reads a media outside the trash that the caller may change, or refuses. `path` names the id's field in the input. */
export const findChangeableMedia = async (
  database: Database,
  actor: Actor,
  id: string,
  path = 'id',
): Promise<Media> => {
  const media = await database.media.findUnique({ where: { id: parseId('Media', id, path), deletedAt: null } })
  if (media === null) throw notFound('Media', id)
  enforce(mayChangeMedia(actor, media))
  return media
}
