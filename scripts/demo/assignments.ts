import { type Client, followEvents, readNewestCursor } from '../../client/client.ts'
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
/** One row for each thing that the demo does to assignments. */
const actions = ['assignment.created', 'assignment.undone']

const printAssignment = ({ user, mediaTitle, status, revertOf }: AssignmentFieldsFragment): void =>
  printResponse(
    `${user.name} – "${mediaTitle}": ${status.toLowerCase()}${revertOf == null ? '' : ', an earlier one brought back'}`,
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
  printRequest('assignmentRevert, to the first one, at any time')
  const { assignmentRevert } = await editor.send(AssignmentRevertDocument, { input: { userId, toAssignmentId } })
  if (assignmentRevert.__typename !== 'Assignment') throw unexpectedResult('assignmentRevert', assignmentRevert)
  printAssignment(assignmentRevert)
}

const upsertStudent = async (editor: Client): Promise<string> => {
  printRequest('userUpsert, as an LMS sends its people')
  const { userUpsert } = await editor.send(UserUpsertDocument, { input: student })
  if (userUpsert.__typename !== 'User') throw unexpectedResult('userUpsert', userUpsert)
  printResponse(`${userUpsert.name}, ${userUpsert.id}`)
  return userUpsert.id
}

/** An admin's eye on the log, whose socket can be cut. */
const openAudit = async (connect: () => Client) => {
  let client = connect()
  const after = await readNewestCursor(client)
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
      for (let row = 0; row < count; row++) {
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
  printResponse(`${eventsVerify.ok ? 'nothing was tampered with' : eventsVerify.reason}, ${eventsVerify.checked} rows`)
}

export interface UserTour {
  mediaId: string
  /** A client for the log, which is for admins; a new one each time. */
  connectAuditor(): Client
}

/** What an administrator does with people, and what an auditor sees of it who is cut off in the middle. */
export const tourUsers = async (editor: Client, { mediaId, connectAuditor }: UserTour): Promise<void> => {
  print('\nIt is given to a student, while an auditor follows the log:')
  const { mediaList } = await editor.send(MediaListDocument, { filter: { tagsAll: ['handout'] }, first: 1 })
  const handout = mediaList.edges[0]?.node
  if (handout === undefined) throw new Error('The handouts are gone.')
  const userId = await upsertStudent(editor)
  const audit = await openAudit(connectAuditor)
  const first = await assign(editor, mediaId, userId)
  await audit.read(1)
  print('\nThe auditor is cut off. Meanwhile somebody picks the wrong file, and takes it back:')
  await audit.disconnect()
  await undo(editor, await assign(editor, handout.id, userId))
  print('\nThe auditor is back, and is told what it missed:')
  await audit.read(2)
  print('\nThe student gets the handout after all, and then the first again:')
  await assign(editor, handout.id, userId)
  await revert(editor, userId, first)
  await audit.read(2)
  await audit.end()
  const auditor = connectAuditor()
  await verify(auditor).finally(() => auditor.close())
}
