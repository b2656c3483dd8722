import DataLoader from 'dataloader'
import type { Event } from '../../prisma/generated/client/client.ts'
import type { UserActor } from '../services/actor.ts'
import type { ListOf } from '../services/assignments/list.ts'
import type { Connection, PageArguments } from '../services/paging.ts'
import type { Services } from '../services/services.ts'

/** What lists need per row and Prisma does not join: one statement for all rows of a list. */
export interface Loaders {
  /** Distinct media in a resource and below it. */
  resourceMediaCount: DataLoader<string, number>
  resourceUsageCount: DataLoader<string, number>
  versionCount: DataLoader<string, number>
  assignmentCount: Record<ListOf, DataLoader<string, number>>
  history(args: PageArguments): DataLoader<string, Connection<Event>>
}

export const createLoaders = (services: Services, actor: UserActor): Loaders => {
  const histories = new Map<string, DataLoader<string, Connection<Event>>>()
  const assignmentCount = (of: ListOf) =>
    new DataLoader<string, number>((ids) => services.assignments.counts(actor, of, ids))
  return {
    resourceMediaCount: new DataLoader((ids) => services.resources.mediaCounts(ids)),
    resourceUsageCount: new DataLoader((ids) => services.usages.countsOfResources(ids)),
    assignmentCount: {
      user: assignmentCount('user'),
      media: assignmentCount('media'),
      batch: assignmentCount('batch'),
    },
    versionCount: new DataLoader((ids) => services.media.versionCounts(ids)),
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
