import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { createUploadLeases, type UploadLeases } from '../../../src/services/upload/leases.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

/** Leases of new uploads, taken by one process. */
const takeLeases = async (editor: Client, leases: UploadLeases, count: number) => {
  const taken = []
  for (let index = 0; index < count; index++) {
    const { upload } = await createTicket(editor, { sizeBytes: 1000, allowDuplicate: true })
    const lease = await leases.take(uuidOf(upload.id))
    if (lease === null) throw new Error('The lease was not taken.')
    taken.push(lease)
  }
  return taken
}

it('renews leases at once with the state of each', async ({ world, users: { editor } }) => {
  const { database } = world.runtime.ports
  const [leases, others] = [createUploadLeases({ database }), createUploadLeases({ database })]
  const [held, contended, lost] = await takeLeases(editor, leases, 3)
  if (!held || !contended || !lost) throw new Error('A lease is missing.')
  await others.take(contended.uploadId)
  await database.upload.update({ where: { id: lost.uploadId }, data: { heldUntil: new Date(0) } })
  await others.take(lost.uploadId)
  expect(await Promise.all([held, contended, lost].map(leases.renew))).toEqual(['held', 'contended', 'lost'])
})

it('renews other leases while the row of one upload is locked', async ({ world, users: { editor } }) => {
  const { database } = world.runtime.ports
  const leases = createUploadLeases({ database })
  const [locked, free] = await takeLeases(editor, leases, 2)
  if (!locked || !free) throw new Error('A lease is missing.')
  const late = await database.$transaction(async (transaction) => {
    await transaction.$queryRaw`SELECT 1 FROM "Upload" WHERE "id" = ${locked.uploadId}::uuid FOR UPDATE`
    const renewal = leases.renew(locked)
    expect(await leases.renew(free)).toBe('held')
    return { renewal }
  })
  expect(await late.renewal).toBe('held')
})

it('records the progress of uploads that report at once', async ({ world, users: { editor } }) => {
  const { database } = world.runtime.ports
  const taken = await takeLeases(editor, createUploadLeases({ database }), 3)
  const { recordProgress } = world.runtime.services.uploads
  await Promise.all(
    taken.map(({ uploadId, fence }, index) => recordProgress({ id: uploadId, fence }, (index + 1) * 100)),
  )
  const rows = await database.upload.findMany({ where: { id: { in: taken.map(({ uploadId }) => uploadId) } } })
  const received = new Map(rows.map(({ id, receivedBytes }) => [id, Number(receivedBytes)]))
  expect(taken.map(({ uploadId }) => received.get(uploadId))).toEqual([100, 200, 300])
})

it('records the larger of two reports about one upload', async ({ world, users: { editor } }) => {
  const { database } = world.runtime.ports
  const [lease] = await takeLeases(editor, createUploadLeases({ database }), 1)
  if (!lease) throw new Error('The lease is missing.')
  const { recordProgress } = world.runtime.services.uploads
  const upload = { id: lease.uploadId, fence: lease.fence }
  await Promise.all([recordProgress(upload, 700), recordProgress(upload, 300)])
  expect(await database.upload.findUniqueOrThrow({ where: { id: upload.id } })).toMatchObject({ receivedBytes: 700n })
})
