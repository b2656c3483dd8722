import DataLoader from 'dataloader'
import type { Event, User } from '../../prisma/generated/client/client.ts'
import type { UserActor } from '../services/actor.ts'
import type { Connection, PageArguments } from '../services/paging.ts'
import type { Services } from '../services/services.ts'

/** What lists need per row and Prisma does not join: one statement for all rows of a list. */
export interface Loaders {
  /** Distinct media in a resource and below it. */
  resourceMediaCount: DataLoader<string, number>
  resourceUsageCount: DataLoader<string, number>
  versionCount: DataLoader<string, number>
  user: DataLoader<string, User | null>
  /** Where each event stands in the feed. */
  eventCursor: DataLoader<string, string | null>
  history(args: PageArguments): DataLoader<string, Connection<Event>>
}

export const createLoaders = (services: Services, actor: UserActor): Loaders => {
  const histories = new Map<string, DataLoader<string, Connection<Event>>>()
  return {
    resourceMediaCount: new DataLoader((ids) => services.resources.mediaCounts(ids)),
    resourceUsageCount: new DataLoader((ids) => services.usages.countsOfResources(ids)),
    versionCount: new DataLoader((ids) => services.media.versionCounts(ids)),
    user: new DataLoader((ids) => services.users.byIds(ids)),
    eventCursor: new DataLoader((ids) => services.eventLog.cursors(ids)),
    history({ first, after, last, before }) {
      const key = JSON.stringify([first, after, last, before])
      const known = histories.get(key)
      if (known !== undefined) return known
      const page = { first, after, last, before }
      const loader = new DataLoader<string, Connection<Event>>((ids) => services.history.ofMedia(actor, ids, page))
      histories.set(key, loader)
      return loader
    },
  }
}
