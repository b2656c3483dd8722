import { describe, expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { UploadsDocument } from '../../../client/generated/documents.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

describe('the token of an upload', () => {
  it('no longer accepts bytes once its owner is a viewer', async ({ world }) => {
    const { target } = await createTicket(await world.client('editor', 'Dora'), { fileName: 'notes.txt' })
    // The next request with the new role stores it.
    await (await world.client('viewer', 'Dora')).send(UploadsDocument, {})
    await expect(sendBytes(target, Buffer.from('12345'), { sizeBytes: 5 })).rejects.toThrow('403')
    expect(
      await world.runtime.ports.database.upload.count({ where: { owner: { name: 'Dora' }, receivedBytes: { gt: 0 } } }),
    ).toBe(0)
  })
})
