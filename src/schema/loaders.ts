import DataLoader from 'dataloader'
import type { Event, Media, Resource, User } from '../../prisma/generated/client/client.ts'
import type { AssignmentParentType } from '../services/assignment/list.ts'
import type { ChainedEvent } from '../services/event/feed.ts'
import type { UserActor } from '../services/kernel/actor.ts'
import type { BatchFailure } from '../services/kernel/errors.ts'
import type { Connection, PageArguments } from '../services/kernel/paging.ts'
import type { ItemNote } from '../services/operation/items.ts'
import type { ChildrenArguments } from '../services/resource/subtree.ts'
import type { Services } from '../services/services.ts'

type MediaContent = Pick<Media, 'id' | 'sha256'>

/** Loaders for data that lists need per row but Prisma does not join: one SQL statement for all rows of a list. */
export interface Loaders {
  /** Number of distinct media in a resource and below it. */
  resourceMediaCount: DataLoader<string, number>
  resourceUsageCount: DataLoader<string, number>
  versionCount: DataLoader<string, number>
  historyCount: DataLoader<string, number>
  user: DataLoader<string, User | null>
  /** Position and hash of an event in the chain; null until it is numbered. */
  eventPlace: DataLoader<string, Pick<ChainedEvent, 'position' | 'hash'> | null>
  /** Other media with the same bytes. */
  duplicates: DataLoader<MediaContent, Media[], string>
  /** Time by the clock that decides undo windows, read once for all assignments. */
  undoClock(): Promise<Date>
  assignmentCount: Record<AssignmentParentType, DataLoader<string, number>>
  resourceChildren(args: ChildrenArguments): DataLoader<string, Connection<Resource>>
  history(args: PageArguments): DataLoader<string, Connection<Event>>
  operationFailures(args: PageArguments): DataLoader<string, Connection<BatchFailure>>
  operationNotes(args: PageArguments): DataLoader<string, Connection<ItemNote>>
}

/** Creates one loader per requested page: aliases of a field can request several pages. */
const createPagedLoaders = <Row, Args extends PageArguments = PageArguments>(
  load: (ids: readonly string[], page: Args) => Promise<Connection<Row>[]>,
) => {
  const loaders = new Map<string, DataLoader<string, Connection<Row>>>()
  return (page: Args): DataLoader<string, Connection<Row>> => {
    const key = JSON.stringify(page)
    const existing = loaders.get(key)
    if (existing !== undefined) return existing
    const loader = new DataLoader<string, Connection<Row>>((ids) => load(ids, page))
    loaders.set(key, loader)
    return loader
  }
}

/** Returns a function that reads a value with its first call. */
const createOnce = <Value>(read: () => Promise<Value>): (() => Promise<Value>) => {
  let pending: Promise<Value> | null = null
  return () => {
    pending ??= read()
    return pending
  }
}

const createAll = (services: Services, actor: UserActor): Loaders => ({
  undoClock: createOnce(() => services.assignments.now()),
  assignmentCount: {
    user: new DataLoader((ids) => services.assignments.counts(actor, 'user', ids)),
    media: new DataLoader((ids) => services.assignments.counts(actor, 'media', ids)),
    batch: new DataLoader((ids) => services.assignments.counts(actor, 'batch', ids)),
  },
  duplicates: new DataLoader((media) => services.media.duplicatesOf(media), { cacheKeyFn: ({ id }) => id }),
  resourceMediaCount: new DataLoader((ids) => services.resources.mediaCounts(ids)),
  resourceChildren: createPagedLoaders((ids, page: ChildrenArguments) => services.resources.childrenOf(ids, page)),
  resourceUsageCount: new DataLoader((ids) => services.usages.countsOfResources(ids)),
  versionCount: new DataLoader((ids) => services.media.versionCounts(ids)),
  user: new DataLoader((ids) => services.users.byIds(ids)),
  historyCount: new DataLoader((ids) => services.history.counts(ids)),
  eventPlace: new DataLoader((ids) => services.eventLog.places(ids)),
  history: createPagedLoaders((ids, page) => services.history.listByMedia(actor, ids, page)),
  operationFailures: createPagedLoaders((ids, page) => services.operations.failures(ids, page)),
  operationNotes: createPagedLoaders((ids, page) => services.operations.notes(ids, page)),
})

/** Creates the loaders of one context with the first use: an idle subscription keeps its context, and needs none. */
export const createLoaders = (services: Services, actor: UserActor): Loaders => {
  let loaders: Loaders | null = null
  const all = (): Loaders => {
    loaders ??= createAll(services, actor)
    return loaders
  }
  return new Proxy({} as Loaders, { get: (_target, name) => all()[name as keyof Loaders] }) // as: holds nothing itself
}
