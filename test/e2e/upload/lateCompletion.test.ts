import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect } from 'vitest'
import { createClosing } from '../../../src/services/upload/closing.ts'
import { createCompletion } from '../../../src/services/upload/completion.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('a process that stores the bytes while another one completes the upload', () => {
  it.for([
    ['without a digest in the ticket', false],
    ['with a digest in the ticket', true],
  ] as const)('reports success, %s', async ([, isAnnounced], { world, users: { editor } }) => {
    const { ports, services } = world.runtime
    const bytes = randomBytes(1000)
    const sizeBytes = bytes.length
    const { upload } = await createTicket(editor, { sizeBytes, ...(isAnnounced && { sha256: sha256(bytes) }) })
    const held = { id: uuidOf(upload.id), fileNumber: 0, fence: 0 }
    const options = { offset: 0, sizeBytes, signal: new AbortController().signal, ownsChunks: false }
    await ports.incoming.receive(held, Readable.from([bytes]), { ...options, onReceived: () => undefined })
    const file = await ports.incoming.complete({ ...held, sizeBytes, sha256: null })

    const store = () => services.uploads.complete(held, file)
    const slowComplete = createCompletion(
      { ...ports, blobs: { store } as unknown as Parameters<typeof createCompletion>[0]['blobs'] }, // as: nothing else is used
      createClosing(ports),
    )
    await slowComplete(held, file)
    const row = await ports.database.upload.findUniqueOrThrow({ where: { id: held.id } })
    expect(row.status).toBe('COMPLETED')
    expect(await ports.database.media.count({ where: { sha256: file.sha256 } })).toBe(1)
  })
})
