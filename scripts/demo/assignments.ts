import { type Client, followEvents, readEndCursor } from '../../client/client.ts'
import {
  AssignmentCreateDocument,
  type AssignmentFieldsFragment,
  AssignmentRevertDocument,
  AssignmentUndoDocument,
  EventsVerifyDocument,
  MediaListDocument,
  UserUpsertDocument,
} from '../../client/generated/documents.ts'
import { print, printRequest, printResponse, unexpectedResult } from './terminal.ts'

const student = { externalId: 'demo-student', name: 'Noor' }
/** Actions that the audit follows: each step of the demo records exactly one of them. */
const actions = ['assignment.created', 'assignment.undone']

const printAssignment = ({ user, mediaTitle, status, revertOf }: AssignmentFieldsFragment): void =>
  printResponse(
    `${user.name} – "${mediaTitle}": ${status.toLowerCase()}${revertOf == null ? '' : ', reverted to an earlier assignment'}`,
  )

const assign = async (editor: Client, mediaId: string, userId: string): Promise<string> => {
  printRequest('assignmentCreate')
  const { assignmentCreate } = await editor.send(AssignmentCreateDocument, { input: { mediaId, userId } })
  if (assignmentCreate.__typename !== 'Assignment') throw unexpectedResult('assignmentCreate', assignmentCreate)
  printAssignment(assignmentCreate)
  return assignmentCreate.id
}

const undo = async (editor: Client, id: string): Promise<void> => {
  printRequest('assignmentUndo, within 30 seconds')
  const { assignmentUndo } = await editor.send(AssignmentUndoDocument, { id })
  if (assignmentUndo.__typename !== 'Assignment') throw unexpectedResult('assignmentUndo', assignmentUndo)
  printAssignment(assignmentUndo)
}

const revert = async (editor: Client, userId: string, toAssignmentId: string): Promise<void> => {
  printRequest('assignmentRevert to the first assignment, possible at any time')
  const { assignmentRevert } = await editor.send(AssignmentRevertDocument, { input: { userId, toAssignmentId } })
  if (assignmentRevert.__typename !== 'Assignment') throw unexpectedResult('assignmentRevert', assignmentRevert)
  printAssignment(assignmentRevert)
}

const upsertStudent = async (editor: Client): Promise<string> => {
  printRequest('userUpsert, as an LMS does when it synchronizes its users')
  const { userUpsert } = await editor.send(UserUpsertDocument, { input: student })
  if (userUpsert.__typename !== 'User') throw unexpectedResult('userUpsert', userUpsert)
  printResponse(`${userUpsert.name}, ${userUpsert.id}`)
  return userUpsert.id
}

/** Opens an admin's view of the audit log whose connection can be dropped. */
const openAudit = async (connect: () => Client) => {
  let client = connect()
  const after = await readEndCursor(client)
  await client.close()
  const rows = followEvents({
    connect: () => {
      client = connect()
      return client
    },
    after,
    actions,
  })
  return {
    async read(count: number): Promise<void> {
      for (let index = 0; index < count; index++) {
        const { value } = await rows.next()
        if (value !== undefined) print(`  ≡ ${value.action} by ${value.actor?.name ?? 'the system'}, ${value.nodeId}`)
      }
    },
    disconnect: () => client.close(),
    end: () => rows.return(undefined),
  }
}

const verify = async (auditor: Client): Promise<void> => {
  printRequest('eventsVerify')
  const { eventsVerify } = await auditor.send(EventsVerifyDocument, {})
  printResponse(
    `${eventsVerify.ok ? 'the log is intact' : eventsVerify.reason}, ${eventsVerify.checked} events verified`,
  )
}

export interface UserTour {
  mediaId: string
  /** Creates a new client with the role admin, which the audit log needs. */
  connectAuditor(): Client
}

/** Shows how an editor assigns media to users, and how an auditor follows the log across a lost connection. */
export const tourUsers = async (editor: Client, { mediaId, connectAuditor }: UserTour): Promise<void> => {
  print('\nAssign the media to a student while an auditor follows the log:')
  const { mediaList } = await editor.send(MediaListDocument, { filter: { tagsAll: ['handout'] }, first: 1 })
  const handout = mediaList.edges[0]?.node
  if (handout === undefined) throw new Error('The handouts of the demo do not exist. Run the demo again.')
  const userId = await upsertStudent(editor)
  const audit = await openAudit(connectAuditor)
  const first = await assign(editor, mediaId, userId)
  await audit.read(1)
  print('\nThe auditor loses the connection. Meanwhile, an editor assigns the wrong file and undoes it:')
  await audit.disconnect()
  await undo(editor, await assign(editor, handout.id, userId))
  print('\nThe auditor reconnects and receives the missed events:')
  await audit.read(2)
  print('\nAssign the handout to the student, then revert to the first media:')
  await assign(editor, handout.id, userId)
  await revert(editor, userId, first)
  await audit.read(2)
  await audit.end()
  const auditor = connectAuditor()
  await verify(auditor).finally(() => auditor.close())
}
