import { z } from 'zod'
import { AssignmentStatus } from '../../../prisma/generated/client/enums.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { timestamp } from '../kernel/scalars.ts'

/** An absent field and null do not restrict the list. */
const filterShape = z.object({
  mediaId: z.string().nullish(),
  userId: z.string().nullish(),
  assignedById: z.string().nullish(),
  statuses: z.array(z.enum(AssignmentStatus)).max(20, 'At most 20 values.').nullish(),
  assignedAfter: timestamp.nullish(),
  assignedBefore: timestamp.nullish(),
})

export type AssignmentFilter = z.input<typeof filterShape>

/** Returns the filter as Prisma's `where`. */
export const parseAssignmentFilter = (raw: AssignmentFilter | null | undefined) => {
  const { filter } = parseInput(z.object({ filter: filterShape.nullish() }), { filter: raw })
  const { mediaId, userId, assignedById, statuses, assignedAfter, assignedBefore } = filter ?? {}
  const times = [
    ...(assignedAfter == null ? [] : [{ assignedAt: { gte: assignedAfter } }]),
    ...(assignedBefore == null ? [] : [{ assignedAt: { lt: assignedBefore } }]),
  ]
  return {
    mediaId: mediaId == null ? undefined : parseId('Media', mediaId, 'filter.mediaId'),
    userId: userId == null ? undefined : parseId('User', userId, 'filter.userId'),
    assignedById: assignedById == null ? undefined : parseId('User', assignedById, 'filter.assignedById'),
    // One status by equality, so that its index yields the rows in order.
    status: statuses == null ? undefined : statuses.length === 1 ? statuses[0] : { in: statuses },
    AND: times,
  }
}
