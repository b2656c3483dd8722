import { z } from 'zod'
import { type Actor, actorId } from '../kernel/actor.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { globalId, type NodeName, splitId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import {
  mayAccessUpload,
  mayReadHistory,
  mayReadLog,
  mayReadOperation,
  visibleAssignments,
} from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'

/** Visibility of nodes to a caller. Their data is loaded by the GraphQL types. */
export interface Nodes {
  /** Returns each id in order, or null if the node does not exist or the caller may not see it. */
  findVisible(actor: Actor, ids: readonly string[]): Promise<(string | null)[]>
}

/** Row of the audit log, with the node that it concerns. */
interface EventRow {
  id: string
  nodeType: string
  nodeId: string
  mediaId: string | null
}

const idsShape = z.object({ ids: z.array(z.string()).max(100, 'At most 100 ids.') })

export const createNodes = ({ database }: { database: Database }): Nodes => {
  const notDeleted = { deletedAt: null }
  const idIn = (ids: string[]) => ({ id: { in: ids } })
  const select = { id: true } as const

  /** Keeps the events that editors may read: the history of visible media, and events of their own uploads. */
  const filterHistoryEvents = async (actor: Actor, events: EventRow[]): Promise<EventRow[]> => {
    const [uploadEvents, otherEvents] = [
      events.filter(({ nodeType }) => nodeType === 'Upload'),
      events.filter(({ nodeType }) => nodeType !== 'Upload'),
    ]
    const uploadIds = uploadEvents.map(({ nodeId }) => nodeId)
    const mediaIds = otherEvents.flatMap(({ mediaId }) => mediaId ?? [])
    const ownUploadIds = new Set((await finders.Upload(actor, uploadIds)).map(({ id }) => id))
    const visibleMediaIds = new Set((await finders.Media(actor, mediaIds)).map(({ id }) => id))
    return [
      ...uploadEvents.filter(({ nodeId }) => ownUploadIds.has(nodeId)),
      ...otherEvents.filter(({ mediaId }) => mediaId !== null && visibleMediaIds.has(mediaId)),
    ]
  }

  /** Finds visible nodes with one statement per type, for any number of ids; with a few for events. */
  const finders: Record<NodeName, (actor: Actor, ids: string[]) => Promise<{ id: string }[]>> = {
    Media: (_actor, ids) => database.media.findMany({ where: { ...idIn(ids), ...notDeleted }, select }),
    MediaVersion: (_actor, ids) =>
      database.mediaVersion.findMany({ where: { ...idIn(ids), media: notDeleted }, select }),
    Rendition: (_actor, ids) =>
      database.rendition.findMany({ where: { ...idIn(ids), version: { media: notDeleted } }, select }),
    Resource: (_actor, ids) => database.resource.findMany({ where: { ...idIn(ids), ...notDeleted }, select }),
    MediaUsage: (_actor, ids) => database.mediaUsage.findMany({ where: { ...idIn(ids), media: notDeleted }, select }),
    Assignment: (actor, ids) =>
      database.assignment.findMany({ where: { ...idIn(ids), ...visibleAssignments(actor) }, select }),
    AssignmentBatch: (actor, ids) =>
      database.assignmentBatch.findMany({
        where: { ...idIn(ids), assignments: { some: visibleAssignments(actor) } },
        select,
      }),
    Folder: (_actor, ids) => database.folder.findMany({ where: idIn(ids), select }),
    Operation: async (actor, ids) => {
      const operations = await database.operation.findMany({
        where: idIn(ids),
        select: { id: true, requestedById: true },
      })
      return operations.filter((operation) => mayReadOperation(actor, operation) === null)
    },
    Upload: async (actor, ids) => {
      const uploads = await database.upload.findMany({ where: idIn(ids), select: { id: true, ownerId: true } })
      return uploads.filter((upload) => mayAccessUpload(actor, upload) === null)
    },
    User: async (actor, ids) =>
      mayReadHistory(actor) === null
        ? database.user.findMany({ where: idIn(ids), select })
        : ids.filter((id) => id === actorId(actor)).map((id) => ({ id })),
    Event: async (actor, ids) => {
      if (mayReadHistory(actor) !== null) return []
      const events = await database.event.findMany({
        where: idIn(ids),
        select: { id: true, nodeType: true, nodeId: true, mediaId: true },
      })
      return mayReadLog(actor) === null ? events : filterHistoryEvents(actor, events)
    },
  }

  const isNodeName = (name: string): name is NodeName => Object.hasOwn(finders, name)

  return {
    async findVisible(actor, ids) {
      const { ids: globalIds } = parseInput(idsShape, { ids })
      const requested = globalIds.map((text, index) => {
        const parts = splitId(text)
        if (parts !== null && isNodeName(parts.type)) return { type: parts.type, id: parts.id }
        throw new InvalidInputError([
          { path: `ids.${index}`, message: 'Not an id of this server: expected Type:<uuid>.' },
        ])
      })
      const visibleIds = new Set<string>()
      for (const [type, group] of Map.groupBy(requested, (node) => node.type))
        for (const { id } of await finders[type](actor, [...new Set(group.map(({ id }) => id))]))
          visibleIds.add(globalId(type, id))
      return requested.map(({ type, id }) => globalId(type, id)).map((id) => (visibleIds.has(id) ? id : null))
    },
  }
}
