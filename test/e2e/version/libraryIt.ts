import { it as base } from '../../harness/it.ts'
import { createLibrary } from './library.ts'

/** `it` with a library of versions, whose examinations the tests report. */
export const it = base.extend('library', { scope: 'file' }, ({ world, users: { editor } }) =>
  createLibrary(world, editor),
)
