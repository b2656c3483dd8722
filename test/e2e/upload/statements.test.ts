import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

const bytes = randomBytes(1000)
const sizeBytes = bytes.length

it('receives and completes an upload with few statements', async ({ world, users: { editor } }) => {
  const { target } = await createTicket(editor, { sizeBytes, allowDuplicate: true })
  const send = () => sendBytes(target, bytes, { sizeBytes })
  // Four for the HEAD of the client, ten for its PATCH, without BEGIN.
  expect((await world.captureStatements(send)).length).toBeLessThanOrEqual(14)
})

it('releases the lease of an upload that is complete', async ({ world, users: { editor } }) => {
  const { upload, target } = await createTicket(editor, { sizeBytes, allowDuplicate: true })
  await sendBytes(target, bytes, { sizeBytes })
  const row = await world.runtime.ports.database.upload.findUniqueOrThrow({ where: { id: uuidOf(upload.id) } })
  expect(row).toMatchObject({ status: 'COMPLETED', receivedBytes: BigInt(sizeBytes), heldUntil: null })
})

it('releases the lease of an upload whose bytes are refused', async ({ world, users: { editor } }) => {
  const sha256 = createHash('sha256').update(randomBytes(10)).digest('hex')
  const { upload, target } = await createTicket(editor, { sizeBytes, sha256 })
  await sendBytes(target, bytes, { sizeBytes }).catch(() => undefined)
  const row = await world.runtime.ports.database.upload.findUniqueOrThrow({ where: { id: uuidOf(upload.id) } })
  expect(row).toMatchObject({ status: 'FAILED', heldUntil: null })
})
