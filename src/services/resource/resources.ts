import type { Resource } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { inOrder } from '../kernel/inOrder.ts'
import type { Connection } from '../kernel/paging.ts'
import type { Clock, Database } from '../kernel/ports.ts'
import type { ResourceRef } from '../kernel/resourceInput.ts'
import type { Lanes } from '../locking/lanes.ts'
import { type CoursesArguments, createCourses } from './courses.ts'
import { createDelete } from './deletion.ts'
import { byKey, parseKey } from './key.ts'
import { createResourceList, type ResourceListArguments } from './list.ts'
import { createSetMedia, type ResourceMediaSetInput } from './mediaSet.ts'
import { createResourceSubtrees, type ResourceSubtrees } from './subtree.ts'

/** Courses, chapters, lessons and any other objects of an LMS that show media. */
export interface Resources extends ResourceSubtrees {
  /** Finds a resource by its key. Null if no call has ever named it, or if the LMS has deleted it. */
  find(actor: Actor, ref: ResourceRef, query: object): Promise<Resource | null>
  /** Lists courses in alphabetical order of their titles, or of their external ids where they have no title. */
  courses(actor: Actor, args: CoursesArguments, query: object): Promise<Connection<Resource>>
  /** Lists resources in the same order; refuses a parent that no call has ever named. */
  list(actor: Actor, args: ResourceListArguments, query: object): Promise<Connection<Resource>>
  /** Loads resources in the order of the ids, deleted ones included: callers that report a deletion need them. */
  byIds(ids: readonly string[]): Promise<(Resource | null)[]>
  /** Number of distinct media used in each resource or below it, read by one statement. */
  mediaCounts(ids: readonly string[]): Promise<number[]>
  /** Replaces the media of a resource by exactly these, all or nothing. */
  setMedia(actor: Actor, input: ResourceMediaSetInput): Promise<Resource>
  /** Deletes a resource that the LMS removed: unlinks it and everything below it. Resolves to its Relay id. Idempotent. */
  delete(actor: Actor, ref: ResourceRef): Promise<{ id: string }>
}

interface ResourcesOptions {
  database: Database
  lanes: Lanes
  clock: Clock
}

export const createResources = (options: ResourcesOptions): Resources => {
  const { database } = options
  return {
    async find(_actor, ref, query) {
      return database.resource.findUnique({ ...query, where: { ...byKey(parseKey(ref)), deletedAt: null } })
    },

    async byIds(ids) {
      const rows = await database.resource.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows)
    },

    async mediaCounts(ids) {
      const counts = await database.$queryRaw<{ id: string; count: number }[]>`
        WITH RECURSIVE below AS (
          SELECT root."id" AS "root", root."id" FROM unnest(${[...ids]}::uuid[]) AS root("id")
          UNION
          SELECT below."root", child."id" FROM below JOIN "Resource" AS child ON child."parentId" = below."id"
        )
        SELECT below."root" AS "id", count(DISTINCT "MediaUsage"."mediaId")::int AS "count"
        FROM below JOIN "MediaUsage" ON "MediaUsage"."resourceId" = below."id" GROUP BY below."root"`
      return inOrder(ids, counts).map((row) => row?.count ?? 0)
    },

    ...createResourceSubtrees(database),
    courses: createCourses(database),
    list: createResourceList(database),
    setMedia: createSetMedia(options),
    delete: createDelete(options),
  }
}
