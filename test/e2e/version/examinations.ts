import type { MediaKind } from '../../../prisma/generated/client/enums.ts'
import { uuidOf } from '../../harness/ids.ts'
import type { World } from '../../harness/world.ts'

const findExamination = async (world: World, mediaId: string, number: number) => {
  const where = { mediaId_number: { mediaId: uuidOf(mediaId), number } }
  const { id: versionId, revision } = await world.runtime.ports.database.mediaVersion.findUniqueOrThrow({ where })
  return { versionId, revision }
}

/** What the worker reports once it has looked at the bytes. */
export const completeExamination = async (
  world: World,
  mediaId: string,
  number: number,
  kind: MediaKind = 'DOCUMENT',
) => {
  const facts = { kind, mimeType: 'text/plain', durationSeconds: null, width: null, height: null }
  await world.runtime.services.ingest.succeed(await findExamination(world, mediaId, number), facts, ['THUMBNAIL'])
}

const truncated = { code: 'TRUNCATED', message: 'Its end is missing.', remedy: null, retryable: false }
export const failExamination = async (world: World, mediaId: string, number: number) =>
  world.runtime.services.ingest.fail(await findExamination(world, mediaId, number), {}, truncated)
