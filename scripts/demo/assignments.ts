import { type Client, followEvents, newestCursor } from '../../client/client.ts'
import {
  AssignmentCreateDocument,
  type AssignmentFieldsFragment,
  AssignmentRevertDocument,
  AssignmentUndoDocument,
  EventsVerifyDocument,
  MediaListDocument,
  UserUpsertDocument,
} from '../../client/generated/documents.ts'
import { say, sayAnswered, sayAsked, unexpected } from './terminal.ts'

const student = { externalId: 'demo-student', name: 'Noor' }
/** One row for each thing that the demo does to assignments. */
const actions = ['assignment.created', 'assignment.undone']

const show = ({ user, mediaTitle, status, revertOf }: AssignmentFieldsFragment): void =>
  sayAnswered(
    `${user.name} – "${mediaTitle}": ${status.toLowerCase()}${revertOf == null ? '' : ', an earlier one brought back'}`,
  )

const assign = async (editor: Client, mediaId: string, userId: string): Promise<string> => {
  sayAsked('assignmentCreate')
  const { assignmentCreate } = await editor.send(AssignmentCreateDocument, { input: { mediaId, userId } })
  if (assignmentCreate.__typename !== 'Assignment') throw unexpected('assignmentCreate', assignmentCreate)
  show(assignmentCreate)
  return assignmentCreate.id
}

const undo = async (editor: Client, id: string): Promise<void> => {
  sayAsked('assignmentUndo, within 30 seconds')
  const { assignmentUndo } = await editor.send(AssignmentUndoDocument, { id })
  if (assignmentUndo.__typename !== 'Assignment') throw unexpected('assignmentUndo', assignmentUndo)
  show(assignmentUndo)
}

const revert = async (editor: Client, userId: string, toAssignmentId: string): Promise<void> => {
  sayAsked('assignmentRevert, to the first one, at any time')
  const { assignmentRevert } = await editor.send(AssignmentRevertDocument, { input: { userId, toAssignmentId } })
  if (assignmentRevert.__typename !== 'Assignment') throw unexpected('assignmentRevert', assignmentRevert)
  show(assignmentRevert)
}

const meet = async (editor: Client): Promise<string> => {
  sayAsked('userUpsert, as an LMS sends its people')
  const { userUpsert } = await editor.send(UserUpsertDocument, { input: student })
  if (userUpsert.__typename !== 'User') throw unexpected('userUpsert', userUpsert)
  sayAnswered(`${userUpsert.name}, ${userUpsert.id}`)
  return userUpsert.id
}

/** An admin's eye on the log, whose socket can be cut. */
const openAudit = async (connect: () => Client) => {
  let client = connect()
  const after = await newestCursor(client)
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
        if (value !== undefined) say(`  ≡ ${value.action} by ${value.actor?.name ?? 'the system'}, ${value.nodeId}`)
      }
    },
    cut: () => client.close(),
    end: () => rows.return(undefined),
  }
}

const verify = async (auditor: Client): Promise<void> => {
  sayAsked('eventsVerify')
  const { eventsVerify } = await auditor.send(EventsVerifyDocument, {})
  sayAnswered(`${eventsVerify.ok ? 'nothing was tampered with' : eventsVerify.reason}, ${eventsVerify.checked} rows`)
}

export interface PeopleTour {
  mediaId: string
  /** A client for the log, which is for admins; a new one each time. */
  connectAuditor(): Client
}

/** What an administrator does with people, and what an auditor sees of it who is cut off in the middle. */
export const tourPeople = async (editor: Client, { mediaId, connectAuditor }: PeopleTour): Promise<void> => {
  say('\nIt is given to a student, while an auditor follows the log:')
  const { mediaList } = await editor.send(MediaListDocument, { filter: { tagsAll: ['handout'] }, first: 1 })
  const handout = mediaList.edges[0]?.node
  if (handout === undefined) throw new Error('The handouts are gone.')
  const userId = await meet(editor)
  const audit = await openAudit(connectAuditor)
  const first = await assign(editor, mediaId, userId)
  await audit.read(1)
  say('\nThe auditor is cut off. Meanwhile somebody picks the wrong file, and takes it back:')
  await audit.cut()
  await undo(editor, await assign(editor, handout.id, userId))
  say('\nThe auditor is back, and is told what it missed:')
  await audit.read(2)
  say('\nThe student gets the handout after all, and then the first again:')
  await assign(editor, handout.id, userId)
  await revert(editor, userId, first)
  await audit.read(2)
  await audit.end()
  const auditor = connectAuditor()
  await verify(auditor).finally(() => auditor.close())
}
