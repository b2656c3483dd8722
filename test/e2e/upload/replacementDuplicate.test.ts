import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

it.for([
  [false, 'FAILED'],
  [true, 'COMPLETED'],
] as const)(
  'a replacement that another upload of the same content overtakes ends, with allowDuplicate %s, as %s',
  async ([allowDuplicate, expected], { world, users: { editor } }) => {
    const content = randomBytes(1000)
    const sizeBytes = content.length
    const sha256 = createHash('sha256').update(content).digest('hex')
    const replaces = await world.upload(editor, randomBytes(500), { fileName: 'old.bin' })
    const replacement = await createTicket(editor, { sizeBytes, sha256, replaces, allowDuplicate })
    const rival = await createTicket(editor, { sizeBytes, sha256 })
    for (const { target } of [rival, replacement]) await sendBytes(target, content, { sizeBytes })
    const { database } = world.runtime.ports
    const row = await database.upload.findUniqueOrThrow({ where: { id: uuidOf(replacement.upload.id) } })
    expect(row.status).toBe(expected)
    expect(row.failure).toEqual(expected === 'FAILED' ? expect.objectContaining({ code: 'DUPLICATE' }) : null)
  },
)

it('a replacement by bytes that its own media got meanwhile becomes another version', async ({
  world,
  users: { editor },
}) => {
  const content = randomBytes(1000)
  const input = { sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
  const replaces = await world.upload(editor, randomBytes(500), { fileName: 'old.bin' })
  const tickets = [
    await createTicket(editor, { ...input, replaces }),
    await createTicket(editor, { ...input, replaces }),
  ]
  for (const { target } of tickets) await sendBytes(target, content, { sizeBytes: content.length })
  const versions = await world.runtime.ports.database.mediaVersion.count({ where: { mediaId: uuidOf(replaces) } })
  expect(versions).toBe(3)
})
