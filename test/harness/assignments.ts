import type { Client } from '../../client/client.ts'
import {
  AssignmentCreateDocument,
  AssignmentUndoDocument,
  UserAssignmentsOfDocument,
} from '../../client/generated/documents.ts'

export const assign = async (client: Client, mediaId: string, userId: string) =>
  (await client.send(AssignmentCreateDocument, { input: { mediaId, userId } })).assignmentCreate

/** Assigns a media and throws if the API refuses. */
export const createAssignment = async (client: Client, mediaId: string, userId: string) => {
  const result = await assign(client, mediaId, userId)
  if (result.__typename !== 'Assignment') throw new Error(`Failed to assign the media: ${result.message}`)
  return result
}

export const undo = async (client: Client, id: string) =>
  (await client.send(AssignmentUndoDocument, { id })).assignmentUndo

/** Reads a user with a page of their assignments. */
export const readUser = async (client: Client, id: string, page = {}) => {
  const [node] = (await client.send(UserAssignmentsOfDocument, { ids: [id], ...page })).nodes
  if (node?.__typename !== 'User') throw new Error(`${id} does not exist.`)
  return node
}
