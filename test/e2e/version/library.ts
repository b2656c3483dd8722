import type { Client } from '../../../client/client.ts'
import type { MediaUploadCreateInput } from '../../../client/generated/documents.ts'
import type { MediaKind } from '../../../prisma/generated/client/enums.ts'
import { uuidOf } from '../../harness/ids.ts'
import { createLease } from '../../harness/lease.ts'
import type { World } from '../../harness/world.ts'

let counter = 0
export const createBytes = (): Buffer => Buffer.from(`The text number ${++counter}.`)

const truncatedFailure = { code: 'TRUNCATED', message: 'Its end is missing.', remedy: null, retryable: false }

export type Library = ReturnType<typeof createLibrary>

/** Media of an editor in a world without a worker: the tests report the examinations themselves, in any order. */
export const createLibrary = (world: World, editor: Client) => {
  const findExamination = async (mediaId: string, number: number) => {
    const where = { mediaId_number: { mediaId: uuidOf(mediaId), number } }
    const { id: versionId, revision } = await world.runtime.ports.database.mediaVersion.findUniqueOrThrow({ where })
    return { versionId, revision }
  }

  /** Reports a successful examination, as the worker does. */
  const pass = async (mediaId: string, number: number, kind: MediaKind = 'DOCUMENT'): Promise<void> => {
    const mediaInfo = { kind, mimeType: 'text/plain', durationSeconds: null, width: null, height: null }
    await world.runtime.services.ingest.succeed(
      await findExamination(mediaId, number),
      mediaInfo,
      ['THUMBNAIL'],
      createLease(),
    )
  }

  /** Reports a failed examination, as the worker does. */
  const reject = async (mediaId: string, number: number): Promise<void> => {
    await world.runtime.services.ingest.fail(
      await findExamination(mediaId, number),
      {},
      truncatedFailure,
      createLease(),
    )
  }

  /** Uploads a media whose first version is READY. */
  const publish = async (bytes = createBytes()): Promise<string> => {
    const mediaId = await world.upload(editor, bytes, { fileName: 'first.txt', title: 'Lesson' })
    await pass(mediaId, 1)
    return mediaId
  }

  /** Uploads another version; it remains PROCESSING. */
  const replace = (
    mediaId: string,
    bytes = createBytes(),
    input: Partial<MediaUploadCreateInput> = {},
  ): Promise<string> => world.upload(editor, bytes, { fileName: 'next.txt', ...input, replaces: mediaId })

  /** Uploads a media with two READY versions, of which the second is current. */
  const publishReplaced = async (): Promise<string> => {
    const mediaId = await publish()
    await replace(mediaId)
    await pass(mediaId, 2)
    return mediaId
  }

  return { publish, publishReplaced, replace, pass, reject }
}
