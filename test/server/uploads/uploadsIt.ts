import { it as base } from 'vitest'
import { openUploadsWorld } from './uploadsWorld.ts'

/** `it` with `world`: an upload handler on its own HTTP server per test, over upload sessions in memory. */
// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
export const it = base.extend('world', async ({}, { onCleanup }) => {
  const world = await openUploadsWorld()
  onCleanup(() => world.close())
  return world
})
