import { createHash, randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'
import type { UserClients, World } from '../../harness/world.ts'

const bytes = randomBytes(300_000)
const sizeBytes = bytes.length
const sha256 = createHash('sha256').update(bytes).digest('hex')

describe('two clients', () => {
  it('with one ticket both succeed', async ({ world, users: { editor } }) => {
    const { target, upload } = await createTicket(editor, { sizeBytes })
    const send = () => sendBytes(target, bytes, { sizeBytes, chunkSize: 50_000 })
    await Promise.all([send(), send()])
    const { versions } = await world.runtime.ports.database.media.findUniqueOrThrow({
      where: { id: uuidOf(upload.mediaId) },
      include: { versions: true },
    })
    expect(versions.map(({ sha256: digest }) => digest)).toEqual([sha256])
  })

  /** Two uploads of new bytes whose tickets were both created before either was complete. */
  const uploadTwice = async (
    allowDuplicate: boolean,
    { world, users: { editor } }: { world: World; users: UserClients },
  ) => {
    const content = randomBytes(1000)
    const digest = createHash('sha256').update(content).digest('hex')
    const input = { sizeBytes: content.length, sha256: digest, allowDuplicate }
    const tickets = [await createTicket(editor, input), await createTicket(editor, input)]
    await Promise.all(tickets.map(({ target }) => sendBytes(target, content, { sizeBytes: content.length })))
    const ids = tickets.map(({ upload }) => uuidOf(upload.id))
    const rows = await world.runtime.ports.database.upload.findMany({ where: { id: { in: ids } } })
    return rows.sort((a, b) => a.status.localeCompare(b.status))
  }

  it('that announced the same content create one media', async ({ world, users }) => {
    const [completed, failed] = await uploadTwice(false, { world, users })
    expect([completed?.status, failed?.status]).toEqual(['COMPLETED', 'FAILED'])
    expect(failed?.failure).toMatchObject({
      code: 'DUPLICATE',
      message: expect.stringContaining(`Media:${completed?.mediaId}`),
    })
  })

  it('that announced the same content create two media if they allow duplicates', async ({ world, users }) => {
    const rows = await uploadTwice(true, { world, users })
    expect(rows.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED'])
  })
})
