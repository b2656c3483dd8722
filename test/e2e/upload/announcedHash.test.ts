import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

describe('Upload.sha256', () => {
  it('is the announced hash in lower case', async ({ world, users: { editor } }) => {
    const sha256 = randomBytes(32).toString('hex')
    const { upload } = await createTicket(editor, { sha256: sha256.toUpperCase() })
    const { data } = await world.post(await world.token('editor', 'Ada'), '{ uploads { id sha256 } }')
    expect(data?.['uploads']).toContainEqual({ id: upload.id, sha256 })
  })

  it('is null if none was announced', async ({ world, users: { editor } }) => {
    const { upload } = await createTicket(editor, {})
    const { data } = await world.post(await world.token('editor', 'Ada'), '{ uploads { id sha256 } }')
    expect(data?.['uploads']).toContainEqual({ id: upload.id, sha256: null })
  })

  it('is in the ticket of the upload', async ({ world }) => {
    const sha256 = randomBytes(32).toString('hex')
    const { data } = await world.post(
      await world.token('editor', 'Ada'),
      `mutation { mediaUploadCreate(input: { fileName: "a.txt", sizeBytes: 5, sha256: "${sha256}" }) { ... on UploadTicket { upload { sha256 } } } }`,
    )
    expect(data?.['mediaUploadCreate']).toEqual({ upload: { sha256 } })
  })
})
