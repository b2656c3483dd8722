import { it as base } from './it.ts'
import { type SeedOptions, seedMediaId } from './seed.ts'

/** `it` that can also create media, as `seedMediaId` does: READY ones of Ada unless the options differ. */
export const it = base.extend(
  'createMedia',
  { scope: 'file' },
  ({ world }) =>
    (options?: SeedOptions) =>
      seedMediaId(world, { uploader: 'Ada', status: 'READY', ...options }),
)
