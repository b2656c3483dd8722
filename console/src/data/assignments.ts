import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  AssignableMediaDocument,
  type AssignedMediaFragment,
  AssignmentBatchCreateDocument,
  AssignmentBatchUndoDocument,
  AssignmentCreateDocument,
  AssignmentRevertDocument,
  AssignmentUndoDocument,
  RecentAssignmentsDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import { useServer } from './context.ts'
import { type DatedAssignment, dateAssignment } from './undoWindow.ts'

export type AssignableMedia = AssignedMediaFragment

/** Lists up to 40 media that can be assigned: the newest, or the best matches of a text. */
export const useAssignableMedia = (search: string) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.assignableMedia(search),
    queryFn: ({ signal }) =>
      send(
        AssignableMediaDocument,
        {
          filter: { statuses: ['READY'], search: search || null },
          order: { by: search === '' ? 'UPLOADED_AT' : 'RELEVANCE', direction: 'DESC' },
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
    select: ({ mediaList }) => mediaList.nodes,
  })
}

/** Something that a person has assigned: to one user, or to many at once. */
export interface RecentAssignment {
  id: string
  /** Number of people; 1 without a batch. */
  count: number
  isBatch: boolean
  /** The assignment, or the first one of the batch. */
  assignment: DatedAssignment
}

const latestFirst = (one: RecentAssignment, other: RecentAssignment): number =>
  other.assignment.assignedAt.localeCompare(one.assignment.assignedAt)

/** Lists what the caller has assigned lately. */
export const useRecentAssignments = (userId: string) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.recentAssignments(userId),
    queryFn: async ({ signal }): Promise<RecentAssignment[]> => {
      const answer = await send(RecentAssignmentsDocument, { assignedById: userId }, { signal })
      const single = answer.assignments.nodes
        .filter(({ batch }) => batch === null)
        .map((assignment) => ({ id: assignment.id, count: 1, isBatch: false, assignment: dateAssignment(assignment) }))
      const batches = answer.assignmentBatches.nodes.flatMap(({ id, count, assignments: { nodes } }) =>
        nodes
          .filter(({ assignedBy }) => assignedBy?.id === userId)
          .map((assignment) => ({ id, count, isBatch: true, assignment: dateAssignment(assignment) })),
      )
      return [...single, ...batches].toSorted(latestFirst)
    },
    refetchInterval: 15_000,
  })
}

/** Runs a change of assignments and reads all people again afterwards, whether it was refused or not. */
const useAssignmentChange = <Variables>(change: (variables: Variables, idempotencyKey: string) => Promise<unknown>) => {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (variables: Variables) => change(variables, crypto.randomUUID()),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.allPeople }),
  })
}

/** Assigns a media to people: to all or, if one of them cannot get it, to none. Rejects with RefusalError. */
export const useAssign = () => {
  const { send } = useServer()
  return useAssignmentChange(async ({ mediaId, userIds }: { mediaId: string; userIds: string[] }, idempotencyKey) => {
    const [userId = ''] = userIds
    if (userIds.length === 1) {
      const answer = await send(AssignmentCreateDocument, { input: { mediaId, userId } }, { idempotencyKey })
      return unwrap(answer.assignmentCreate)
    }
    const answer = await send(AssignmentBatchCreateDocument, { input: { mediaId, userIds } }, { idempotencyKey })
    return unwrap(answer.assignmentBatchCreate)
  })
}

/** Undoes an assignment, or all of a batch. Rejects with RefusalError, for example after the undo window. */
export const useUndo = () => {
  const { send } = useServer()
  return useAssignmentChange(async ({ id, isBatch }: Pick<RecentAssignment, 'id' | 'isBatch'>, idempotencyKey) =>
    isBatch
      ? unwrap((await send(AssignmentBatchUndoDocument, { id }, { idempotencyKey })).assignmentBatchUndo)
      : unwrap((await send(AssignmentUndoDocument, { id }, { idempotencyKey })).assignmentUndo),
  )
}

/** Assigns the media of an earlier assignment again. Rejects with RefusalError. */
export const useRevert = () => {
  const { send } = useServer()
  return useAssignmentChange(async (input: { userId: string; toAssignmentId: string }, idempotencyKey) =>
    unwrap((await send(AssignmentRevertDocument, { input }, { idempotencyKey })).assignmentRevert),
  )
}
