import { it as base } from 'vitest'
import { openFilesWorld } from './filesWorld.ts'

/** `it` with `world`: a file handler on its own HTTP server per test, over a storage that contains one file. */
// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
export const it = base.extend('world', async ({}, { onCleanup }) => {
  const world = await openFilesWorld()
  onCleanup(() => world.close())
  return world
})
