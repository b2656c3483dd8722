import { it as base } from '../../harness/mediaIt.ts'
import { seedUserId, seedUserIds } from '../../harness/seed.ts'

/** `it` that can also create media of Ada, and users who never sign in. */
export const it = base
  .extend(
    'createUser',
    { scope: 'file' },
    ({ world }) =>
      () =>
        seedUserId(world),
  )
  .extend(
    'createUsers',
    { scope: 'file' },
    ({ world }) =>
      (count: number) =>
        seedUserIds(world, count),
  )
