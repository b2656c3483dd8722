import type { Client } from '../../../client/client.ts'
import {
  type BulkMediaInput,
  MediaBulkTagDocument,
  OperationDocument,
  OperationProgressDocument,
  type OperationResultFragment,
} from '../../../client/generated/documents.ts'
import { uuidOf } from '../../harness/ids.ts'
import { itWithWorker } from '../../harness/it.ts'
import { seedMediaIds } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'

/** `it` whose world runs operations, and that can create documents of Ada. */
export const it = itWithWorker.extend(
  'createOwnMedia',
  { scope: 'file' },
  ({ world }) =>
    (count: number) =>
      seedMediaIds(world, count, { uploader: 'Ada', status: 'READY', kind: 'DOCUMENT' }),
)

/** Follows an operation to its end, and reads it. */
export const waitForOperation = async (client: Client, result: OperationResultFragment) => {
  if (result.__typename !== 'Operation') throw new Error(`refused: ${result.__typename} ${result.message}`)
  for await (const _event of client.follow(OperationProgressDocument, { id: result.id }));
  const { operation } = await client.send(OperationDocument, { id: result.id })
  if (operation == null) throw new Error('the operation is missing')
  return operation
}

export const tag = async (client: Client, target: BulkMediaInput, add: string[] = ['tagged']) =>
  (await client.send(MediaBulkTagDocument, { input: { target, add } })).mediaBulkTag

/** Returns the tags of each media. */
export const tagsOf = (world: World, ids: string[]): Promise<string[][]> => {
  const { media } = world.runtime.ports.database
  return Promise.all(ids.map(async (id) => (await media.findUniqueOrThrow({ where: { id: uuidOf(id) } })).tags))
}
