import { it as base } from 'vitest'
import { openFixtures } from './fixtures.ts'

/** `it` with `files`: test files of every kind, built when a test first names them, and removed after the last test. */
export const it = base.extend(
  'files',
  { scope: 'file' },
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }) => {
    const files = await openFixtures()
    onCleanup(() => files[Symbol.asyncDispose]())
    return files
  },
)
